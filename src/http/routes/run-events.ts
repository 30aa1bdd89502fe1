import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../../schemas/checked.ts';
import { orgSchema } from '../../../schemas/push.ts';
import { sessionEventsSchema, type SessionDetail, type SessionEvent } from '../../../schemas/run.ts';
import type { Authenticator } from '../../auth/identity.ts';
import { beatOf, beginEventStream, eventFrame } from '../../core/event-stream.ts';
import { idIn, idSchema, known, orgOf, sessionsPath } from './run-address.ts';

export interface RunEventDeps {
  readonly sessions: {
    get(org: string, id: string): Promise<SessionDetail | undefined>;
    /** Throws `too-many` where too many read. */
    read(
      org: string,
      id: string,
    ): {
      more(): Promise<{ readonly events: readonly SessionEvent[]; readonly ended: boolean }>;
      changed(signal: AbortSignal): Promise<void>;
      close(): void;
    };
  };
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
}

type Reading = ReturnType<RunEventDeps['sessions']['read']>;

/** Where nothing was taken in so many of them, a stream is cut. */
const pingEveryMs = 30_000;
const unansweredMax = 10;
const waitMsMax = 30_000;

/**
 * What happened in a run, in its order: history, then as it happens, until the run has ended. As server-sent events, or a page of JSON
 * for whoever accepts `application/json` and nothing else.
 */
export function runEventRoutes({ sessions, authenticator, orgs }: RunEventDeps): FastifyPluginAsync {
  return async (server) => {
    const closing = new AbortController();
    server.addHook('preClose', async () => closing.abort());

    server.get(
      `${sessionsPath}/:id/events`,
      { schema: description, exposeHeadRoute: false },
      async (request, reply) => {
        // From the beginning: who leaves while it is looked up is not told of any more.
        const leaving = new AbortController();
        reply.raw.once('close', () => leaving.abort());
        const { org } = await orgOf(request, 'read', authenticator, orgs);
        const id = idIn(request);
        const { after: asked, limit, waitMs } = checked(querySchema, request.query);
        const { 'last-event-id': last } = checked(headersSchema, request.headers);
        const after = last ?? asked;
        known(id, await sessions.get(org, id));
        const reading = sessions.read(org, id);
        try {
          const ends = [leaving.signal, closing.signal];
          if (request.headers.accept === 'application/json') return await page(reading, { after, limit, waitMs }, ends);
          return await stream(reading, after, reply, AbortSignal.any(ends));
        } finally {
          reading.close();
        }
      },
    );
  };
}

/** Those after an event, at most so many; waits for the first of them, but not longer than it is asked to. */
async function page(
  reading: Reading,
  { after, limit, waitMs }: { readonly after: number; readonly limit: number; readonly waitMs: number },
  ends: readonly AbortSignal[],
) {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), waitMs);
  const over = AbortSignal.any([...ends, late.signal]);
  try {
    for (;;) {
      const { events, ended } = await reading.more();
      const wanted = events.filter((event) => event.id > after);
      if (wanted.length > 0 || ended || over.aborted) {
        return { events: wanted.slice(0, limit), ended: ended && wanted.length <= limit };
      }
      await reading.changed(over);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Reads on only as fast as it is taken: nothing gathers here for a slow reader. */
async function stream(reading: Reading, after: number, reply: FastifyReply, over: AbortSignal) {
  const response = beginEventStream(reply);
  response.flushHeaders();
  const heart = setInterval(beatOf(response, unansweredMax), pingEveryMs);
  try {
    while (!over.aborted) {
      const { events, ended } = await reading.more();
      for (const event of events) {
        if (event.id <= after) continue;
        if (!response.write(eventFrame(event.id, event.fact, event))) await drained(response, over);
        if (over.aborted) return reply;
      }
      if (ended) return reply;
      await reading.changed(over);
    }
  } catch {
    // The log is away in the middle of a stream: cut off, so that the reader comes back with what it has.
    response.destroy();
  } finally {
    clearInterval(heart);
    response.end();
  }
  return reply;
}

function drained(response: ServerResponse, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      over.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    over.addEventListener('abort', done, { once: true });
    if (over.aborted) done();
  });
}

const count = z.coerce.number().int().min(0);
const querySchema = z.strictObject({
  org: orgSchema.exactOptional(),
  after: count.default(0).describe('The id of the last event that you have'),
  limit: count.min(1).max(1_000).default(1_000).describe('Of a page of JSON'),
  waitMs: count.max(waitMsMax).default(0).describe('How long a page of JSON waits for its first event'),
});
const headersSchema = z.object({ 'last-event-id': count.exactOptional() });

const description: FastifySchema = {
  tags: ['orchestration'],
  summary: 'What happens in a run, until it has ended, as server-sent events; Last-Event-ID goes on after an event',
  params: jsonSchemaOf(idSchema),
  querystring: jsonSchemaOf(querySchema),
  headers: jsonSchemaOf(headersSchema),
  response: {
    200: {
      description:
        'An event for each fact, named by it; its id is its number in the run. A page for `Accept: application/json`',
      content: {
        'text/event-stream': { schema: { type: 'string' } },
        'application/json': { schema: jsonSchemaOf(sessionEventsSchema, 'output') },
      },
    },
  },
  refuses: ['request-malformed', 'not-found', 'too-many', 'log-unavailable'],
};
