import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { WeirError, type ErrorCode } from '../core/errors.ts';
import { securityHeaders } from './guard.ts';
import { isFault, problemOf } from './problem.ts';

export interface RefusalHappenings {
  /** A mistake of ours, answered 500. */
  requestFailed(request: {
    readonly id: string;
    readonly method: string;
    readonly route: string;
    readonly error: unknown;
  }): void;
  /** Refused before it was a request: not HTTP, a head too large, too slow. */
  connectionRefused(reason: string): void;
}

/** Everything that is refused is answered with a problem document. Call it before any route is registered. */
export function answerWithProblems(server: FastifyInstance, happened: RefusalHappenings): void {
  const allowedAt = watchMethods(server);

  server.setErrorHandler((error, request, reply) => {
    if (isFault(error)) {
      happened.requestFailed({ id: request.id, method: request.method, route: request.routeOptions.url ?? '', error });
    }
    return send(reply, error, request);
  });

  server.setNotFoundHandler((request, reply) => {
    const allow = allowedAt(request.url.split('?')[0] ?? '');
    const error =
      allow.length === 0
        ? new WeirError('not-found', 'There is nothing at this address.')
        : new WeirError('method-not-allowed', `Use ${allow.join(', ')}.`, { extra: { allow: allow.join(', ') } });
    return send(reply, error, request);
  });
}

/** For what fails before a request exists; `frameworkErrors` of Fastify. */
export function refuseUnrouted(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  // Hooks have not run yet.
  void send(reply.headers({ ...securityHeaders, 'x-request-id': request.id }), error, request);
}

/** For bytes that are no request; `clientErrorHandler` of Fastify. */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, happened: RefusalHappenings): void {
  happened.connectionRefused(error.code ?? 'unknown');
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = connectionErrors[error.code ?? ''] ?? ['request-malformed', 'This is not an HTTP request.'];
  const { status, headers, body } = problemOf(new WeirError(code, detail), randomUUID());
  const text = JSON.stringify(body);
  const head = { ...headers, 'content-length': String(Buffer.byteLength(text)), connection: 'close' };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`);
}

const connectionErrors: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['head-too-large', 'The request line and headers are larger than http.headerLimit.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-too-slow', 'The request was not here whole within http.requestTimeout.'],
};

function send(reply: FastifyReply, error: unknown, request: FastifyRequest): FastifyReply {
  const { status, headers, body } = problemOf(error, request.id);
  return reply.code(status).headers(headers).send(JSON.stringify(body));
}

/** Which methods an address takes: what tells 405 from 404. */
function watchMethods(server: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  server.addHook('onRoute', ({ url, method }) => {
    // A wildcard that takes everything would make every address one that exists.
    if (url !== '*' && url !== '/*') routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  return (path) => {
    const methods = routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].sort();
  };
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) => (sign === '*' ? '.*' : `\\${sign}`));
  });
  return new RegExp(`^${parts.join('/')}/?$`);
}
