import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import { createMcpHandler } from '@modelcontextprotocol/server';
import type { Authenticator } from '../../auth/identity.ts';
import { answerMax } from './answer.ts';
import { createHttpDoors, headersOf, tooLarge, type Knock } from './http-doors.ts';
import { createMcpServer } from './server.ts';

export interface McpRouteDeps {
  readonly authenticator: Authenticator;
  readonly version: string;
}

/** A call is a name and arguments; the largest is a question. */
const bodyLimit = 256 * 1024;

/**
 * `POST /mcp`: weir as an MCP server over streamable HTTP, without sessions: each request stands for itself. It asks this server's own
 * doors under the token that came with the request, so that nothing is to be had here that is not to be had there.
 */
export function mcpRoutes({ authenticator, version }: McpRouteDeps): FastifyPluginAsync {
  return async (server) => {
    const handler = createMcpHandler(
      ({ requestInfo }) => {
        const authorization = requestInfo?.headers.get('authorization') ?? undefined;
        const org = requestInfo ? (new URL(requestInfo.url).searchParams.get('org') ?? undefined) : undefined;
        const knock = injectKnock(server, authorization);
        return createMcpServer(createHttpDoors({ knock, org }), version);
      },
      { maxRequestBodySize: bodyLimit, maxSubscriptions: 1 },
    );
    server.addHook('onClose', () => handler.close());

    const route: Pick<RouteOptions, 'url' | 'bodyLimit' | 'handler'> = {
      url: '/mcp',
      bodyLimit,
      handler: async (request, reply) => {
        // Who may not ask at all is told by its status, as everywhere.
        await authenticator.identify(request.headers.authorization);
        const leaving = new AbortController();
        reply.raw.once('close', () => leaving.abort());
        const answer = await handler.fetch(webRequest(request, leaving.signal), { parsedBody: request.body });
        reply.code(answer.status).headers(Object.fromEntries(answer.headers));
        return reply.send(answer.body ? Readable.fromWeb(answer.body) : undefined);
      },
    };
    server.route({ ...route, method: 'POST', schema: description });
    // Of sessions, which there are none of: the library says so.
    server.route({ ...route, method: ['GET', 'DELETE'], schema: { hide: true } });
  };
}

const description: FastifySchema = {
  tags: ['operations'],
  summary: 'weir as an MCP server, over streamable HTTP without sessions: each POST is one message',
  querystring: {
    type: 'object',
    properties: { org: { type: 'string', description: 'The organisation, with an operator’s token' } },
  },
  body: { content: { 'application/json': { schema: { type: 'object', description: 'A message of JSON-RPC' } } } },
  response: {
    200: {
      description: 'A message of JSON-RPC, or a stream of them',
      content: {
        'application/json': { schema: { type: 'object' } },
        'text/event-stream': { schema: { type: 'string' } },
      },
    },
  },
};

/** The request as the MCP library takes it; its body is handed over beside it, parsed. */
function webRequest({ method, url, headers, host, protocol }: FastifyRequest, signal: AbortSignal): Request {
  const named = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return new Request(new URL(url, `${protocol}://${host || 'localhost'}`), { method, headers: named, signal });
}

/** Knocks at the doors of the server it runs in. */
function injectKnock(server: FastifyInstance, authorization: string | undefined): Knock {
  return async ({ method, path, body, ...more }) => {
    const headers = headersOf(authorization, more);
    const answer = await server.inject({ method, url: path, headers, ...(body !== undefined && { payload: body }) });
    if (answer.rawPayload.byteLength > answerMax) throw tooLarge(answerMax);
    return { status: answer.statusCode, type: String(answer.headers['content-type'] ?? ''), body: answer.body };
  };
}
