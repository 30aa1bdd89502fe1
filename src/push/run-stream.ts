import type { FastifyInstance, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../schemas/checked.ts';
import { cursorSchema, fromSchema, orgSchema, runFilterQueryShape, topics } from '../../schemas/push.ts';
import type { Authenticator } from '../auth/identity.ts';
import { orgToRead } from './asking.ts';
import type { RunHub } from './runs.ts';
import { outletOf, type Streams } from './streams.ts';

export interface RunStreamDeps {
  readonly runs: RunHub;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
}

const querySchema = z.strictObject({
  org: orgSchema.exactOptional(),
  topic: z.enum(topics).exclude(['alerts']).default('runs').describe('runs as they go; insights: what came of them'),
  from: fromSchema
    .default('now')
    .describe('now; open: what was said of the runs under way, then live; a cursor; or a time'),
  ...runFilterQueryShape,
});
const headersSchema = z.object({ 'last-event-id': cursorSchema.exactOptional() });

/**
 * `GET /api/v1/orchestration/stream`: the topics `runs` and `insights` of the WebSocket as server-sent events, with the same cursors and
 * filters. `Last-Event-ID` goes before `from`.
 */
export function addRunStream(
  server: FastifyInstance,
  { runs, authenticator, orgs }: RunStreamDeps,
  streams: Streams,
): void {
  server.get(
    '/api/v1/orchestration/stream',
    { schema: description, exposeHeadRoute: false },
    async (request, reply) => {
      const identity = await authenticator.identify(request.headers.authorization);
      const { org: named, topic, from, ...filter } = checked(querySchema, request.query);
      const { 'last-event-id': last } = checked(headersSchema, request.headers);
      const org = orgToRead(identity, named, orgs);
      streams.mustHaveRoom(org);
      const feed = runs.connect(outletOf(reply));
      try {
        await feed.subscribe({ id: 'sse', org, topic, filter, from: last ?? from });
      } catch (error) {
        feed.close();
        throw error;
      }
      if (reply.raw.destroyed) return feed.close();
      streams.watch(reply.raw, org, feed);
    },
  );
}

const description: FastifySchema = {
  tags: ['orchestration'],
  summary: 'All runs of agents, or what came of them, as server-sent events; Last-Event-ID goes on after a cursor',
  querystring: jsonSchemaOf(querySchema),
  headers: jsonSchemaOf(headersSchema),
  response: {
    200: {
      description:
        'Events `subscribed`, `run` or `insights`, and `gap`, as on the WebSocket; the id of each is its cursor',
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    },
  },
  refuses: ['request-malformed', 'not-found', 'cursor-invalid', 'too-many', 'not-ready'],
};
