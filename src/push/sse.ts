import type { FastifyInstance, FastifyPluginAsync, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../schemas/checked.ts';
import { cursorSchema, filterQueryShape, fromSchema, orgSchema } from '../../schemas/push.ts';
import { orgToRead } from './asking.ts';
import type { Hub } from './hub.ts';
import type { PushHappenings } from './protocol.ts';
import { addRunStream, type RunStreamDeps } from './run-stream.ts';
import { createStreams, outletOf, type Streams } from './streams.ts';

export interface StreamDeps extends RunStreamDeps {
  readonly hub: Hub;
  readonly happened: PushHappenings;
}

const querySchema = z.strictObject({
  org: orgSchema.exactOptional(),
  from: fromSchema.default('now'),
  ...filterQueryShape,
});
const headersSchema = z.object({ 'last-event-id': cursorSchema.exactOptional() });

/** A The event streams: alerts, and runs of agents. */
export function eventStreams(deps: StreamDeps): FastifyPluginAsync {
  return async (server) => {
    const streams = createStreams(server, deps.hub.limits, deps.happened);
    addAlertStream(server, deps, streams);
    addRunStream(server, deps, streams);
  };
}

/**
 * `GET /alerts/stream`: the same feed as server-sent events. A reader that comes back sends `Last-Event-ID`, which goes
 * before `from`. What is wrong with a request is said as a problem document, before the stream begins.
 */
function addAlertStream(server: FastifyInstance, { hub, authenticator, orgs }: StreamDeps, streams: Streams): void {
  server.get('/alerts/stream', { schema: description, exposeHeadRoute: false }, async (request, reply) => {
    const identity = await authenticator.identify(request.headers.authorization);
    const { org: named, from, ...filter } = checked(querySchema, request.query);
    const headers = checked(headersSchema, request.headers);
    const org = orgToRead(identity, named, orgs);
    const response = reply.raw;
    const feed = hub.connect(outletOf(reply), org);
    try {
      await feed.subscribe({ id: 'sse', org, filter, identity, from: headers['last-event-id'] ?? from });
    } catch (error) {
      feed.close();
      throw error;
    }
    if (response.destroyed) return feed.close();
    streams.watch(response, org, feed);
  });
}

const description: FastifySchema = {
  tags: ['alerts'],
  summary: 'Alerts as server-sent events: each transition once, in order; Last-Event-ID goes on after a cursor',
  querystring: jsonSchemaOf(querySchema),
  headers: jsonSchemaOf(headersSchema),
  response: {
    200: {
      description: 'Events `subscribed`, `alert` and `gap`, as on the WebSocket; the id of each is its cursor',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
  },
  refuses: ['request-malformed', 'not-found', 'cursor-invalid', 'too-many', 'not-ready'],
};
