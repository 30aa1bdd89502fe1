import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { WeirError } from '../core/errors.ts';

/** Bounds for the bodies of a scope's requests. */
export interface BodyLimits {
  /** Of one body; beyond it 413. */
  readonly bodyBytes: number;
  /** Of all that are being received or worked on at once; beyond it 503. */
  readonly bodiesInFlightBytes: number;
}

/** In this scope every body is a Buffer with the bytes as received, whatever its type: signatures are over them. */
export function keepRawBodies(server: FastifyInstance, { bodyBytes, bodiesInFlightBytes }: BodyLimits): void {
  let inFlight = 0;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_, body, done) => done(null, body));
  server.addHook('onRequest', (request, reply, done) => {
    const bytes = Math.min(announced(request.headers, bodyBytes), bodyBytes);
    if (inFlight + bytes > bodiesInFlightBytes) {
      done(new WeirError('not-ready', 'Too much is being received at once.', { retryAfterS: 1 }));
      return;
    }
    inFlight += bytes;
    // Told of every answer once: when it is sent, and when the connection broke before.
    reply.raw.once('close', () => {
      inFlight -= bytes;
    });
    done();
  });
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
  const texts: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') texts[name] = value;
  }
  return texts;
}
