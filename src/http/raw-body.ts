import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WeirError } from '../core/errors.ts';

/** Bounds for the bodies of a scope's requests. */
export interface BodyLimits {
  /** Bytes of one; beyond it 413. */
  readonly bodyBytes: number;
  readonly inFlight: BodiesInFlight;
}

/** Those that are being received or worked on at once, of all scopes that share it; beyond its bytes 503. */
export interface BodiesInFlight {
  readonly bytesMax: number;
  readonly bytes: number;
  /** False where it would be too much. */
  begin(bytes: number): boolean;
  end(bytes: number): void;
}

export function createBodiesInFlight(bytesMax: number): BodiesInFlight {
  let inFlight = 0;
  return {
    bytesMax,
    get bytes() {
      return inFlight;
    },
    begin(bytes) {
      if (inFlight + bytes > bytesMax) return false;
      inFlight += bytes;
      return true;
    },
    end(bytes) {
      inFlight -= bytes;
    },
  };
}

/** In this scope every body is a Buffer with the bytes as received, whatever its type: signatures are over them. */
export function keepRawBodies(server: FastifyInstance, { bodyBytes, inFlight }: BodyLimits): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_, body, done) => done(null, body));
  const held = new WeakMap<Socket, Held>();
  server.decorateRequest('bytesHeld', 0);
  server.addHook('onRequest', (request, _, done) => {
    // Whose connection has ended already is not heard of again.
    const bytes = request.raw.socket.destroyed ? 0 : Math.min(announced(request.headers, bodyBytes), bodyBytes);
    if (!inFlight.begin(bytes)) {
      done(new WeirError('not-ready', 'Too much is being received at once.', { retryAfterS: 1 }));
      return;
    }
    const connection = held.get(request.raw.socket) ?? hold(request.raw.socket);
    connection.bytes += bytes;
    request.bytesHeld = bytes;
    done();
  });
  server.addHook('onResponse', (request, _, done) => {
    const connection = held.get(request.raw.socket);
    if (connection) giveBack(connection, request.bytesHeld);
    done();
  });

  // What is not answered when its connection ends, whatever it waited for.
  function hold(socket: Socket): Held {
    const connection = { bytes: 0 };
    held.set(socket, connection);
    socket.once('close', () => giveBack(connection, connection.bytes));
    return connection;
  }

  function giveBack(connection: Held, bytes: number): void {
    const left = Math.min(bytes, connection.bytes);
    connection.bytes -= left;
    inFlight.end(left);
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the bytes in flight. */
    bytesHeld: number;
  }
}

/** What the requests of one connection hold. */
interface Held {
  bytes: number;
}

/** A body of unannounced length may become as large as the limit. */
function announced(headers: IncomingHttpHeaders, most: number): number {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length);
  return headers['transfer-encoding'] === undefined ? 0 : most;
}

/** The request's body; none is an empty one. */
export function rawBody({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Headers as one text each. Node joins repeated ones with commas, which fits no signature. */
export function headersOf({ headers }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  if (areTexts(headers)) return headers;
  const texts: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') texts[name] = value;
  }
  return texts;
}

/** Node makes a list of `Set-Cookie` alone, which requests do not carry. */
function areTexts(headers: IncomingHttpHeaders): headers is Texts {
  return headers['set-cookie'] === undefined;
}

type Texts = { readonly [name: string]: string | undefined; readonly 'set-cookie'?: undefined };
