import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { isLoopback, type Config } from '../config/schema.ts';
import { durationMs } from '../core/duration.ts';
import { describeApi } from './documents.ts';
import { addSecurityHeaders, keepPagesOut } from './guard.ts';
import { answerWithProblems, refuseConnection, refuseUnrouted, type RefusalHappenings } from './refusals.ts';

export interface HttpHappenings extends RefusalHappenings {
  /** `route` is the pattern, not the address: there are few of them. */
  requestAnswered(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly ms: number;
  }): void;
}

export interface ServerDeps {
  readonly http: Config['http'];
  readonly version: string;
  /** No tokens are configured: see guard.ts. */
  readonly open: boolean;
  /** Each is registered in a scope of its own, so its content type parsers and hooks stay with it. */
  readonly routes: readonly FastifyPluginAsync[];
  /** The AsyncAPI 3 document of the WebSocket and NATS messages. */
  readonly asyncapi: object;
  readonly happened: HttpHappenings;
}

/** What is in flight when the server closes has this long; then its connection is cut. */
const drainMs = 5_000;

/**
 * The HTTP server, ready to listen. Routes validate what they are sent with zod: the JSON Schemas they declare describe them in
 * `/openapi.json` and nothing more. Whatever they throw becomes a problem document.
 */
export async function buildServer(deps: ServerDeps): Promise<FastifyInstance> {
  const { http, happened } = deps;
  const server = Fastify({
    bodyLimit: http.bodyLimit,
    requestTimeout: durationMs(http.requestTimeout),
    // Longer than what load balancers keep, so that it is not we who hang up on a request on its way.
    keepAliveTimeout: 72_000,
    http: { maxHeaderSize: http.headerLimit },
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
    genReqId: requestIds(),
    requestIdHeader: false,
    frameworkErrors: refuseUnrouted,
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, happened),
    forceCloseConnections: 'idle',
  });
  server.server.maxConnections = http.maxConnections;
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));

  addSecurityHeaders(server);
  if (deps.open) keepPagesOut(server, (name) => isLoopback(name.replace(/^\[|\]$/g, '')) || name === publicName(http));
  answerWithProblems(server, happened);
  countAnswers(server, happened);
  cutAfterDrain(server);
  await describeApi(server, deps);
  for (const routes of deps.routes) await server.register(routes);
  await server.ready();
  return server;
}

/** Ids no other process gives: a random beginning, and a number. */
function requestIds(): () => string {
  const process = randomUUID().slice(0, 18);
  let requests = 0;
  return () => `${process}-${(requests += 1).toString(36)}`;
}

function publicName({ publicUrl }: Config['http']): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
}

function countAnswers(server: FastifyInstance, happened: HttpHappenings): void {
  server.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    happened.requestAnswered({ method: request.method, route, status: reply.statusCode, ms: reply.elapsedTime });
    done();
  });
}

function cutAfterDrain(server: FastifyInstance): void {
  server.addHook('preClose', async () => {
    setTimeout(() => server.server.closeAllConnections(), drainMs).unref();
  });
}
