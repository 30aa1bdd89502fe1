import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsync, FastifyReply, FastifySchema } from 'fastify';
import { z } from 'zod';
import { checked, jsonSchemaOf } from '../../schemas/checked.ts';
import { cursorSchema, filterQueryShape, fromSchema, orgSchema } from '../../schemas/push.ts';
import type { Authenticator } from '../auth/identity.ts';
import type { Clock } from '../core/clock.ts';
import { orgToRead } from './asking.ts';
import { sseFraming } from './frames.ts';
import type { Hub } from './hub.ts';
import type { Outlet } from './outlet.ts';
import type { PushHappenings } from './protocol.ts';

export interface StreamDeps {
  readonly hub: Hub;
  readonly authenticator: Authenticator;
  readonly orgs: readonly string[];
  readonly clock: Clock;
  readonly happened: PushHappenings;
}

const querySchema = z.object({
  org: orgSchema.exactOptional(),
  from: fromSchema.default('now'),
  ...filterQueryShape,
});
const headersSchema = z.object({ 'last-event-id': cursorSchema.exactOptional() });

interface Connected {
  seenAt: number;
  cut: boolean;
}

/**
 * A `GET /alerts/stream`: the same feed as server-sent events. A reader that comes back sends `Last-Event-ID`, which goes
 * before `from`. What is wrong with a request is said as a problem document, before the stream begins.
 */
export function alertStream(deps: StreamDeps): FastifyPluginAsync {
  const { hub, authenticator, orgs, clock, happened } = deps;
  const { limits } = hub;
  const connections = new Map<ServerResponse, Connected>();

  function watch(response: ServerResponse, drained: () => void, ended: () => void): void {
    const connected: Connected = { seenAt: clock.now(), cut: false };
    connections.set(response, connected);
    happened.subscribersConnected('sse', connections.size);
    response.on('drain', () => {
      connected.seenAt = clock.now();
      drained();
    });
    response.on('close', () => {
      ended();
      connections.delete(response);
      happened.subscribersConnected('sse', connections.size);
      happened.subscriberGone('sse', connected.cut ? 'silent' : 'client');
    });
  }

  /** A comment now and then keeps what stands between from closing the connection; it must be taken, too. */
  function beat(): void {
    const now = clock.now();
    for (const [response, connected] of connections) {
      if (response.writableLength === 0) {
        connected.seenAt = now;
        response.write(': ping\n\n');
      } else if (now - connected.seenAt > limits.silentMsMax) {
        connected.cut = true;
        response.destroy();
      }
    }
  }

  return async (server) => {
    const heart = setInterval(beat, limits.pingEveryMs);
    server.addHook('preClose', async () => {
      clearInterval(heart);
      for (const response of connections.keys()) response.end();
    });

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
      watch(
        response,
        () => feed.drained(),
        () => feed.close(),
      );
    });
  };
}

/** Headers go out with the first frame: until then a refusal can still be an answer of its own. */
function outletOf(reply: FastifyReply): Outlet {
  const response = reply.raw;
  return {
    framing: sseFraming,
    send(frame) {
      if (!response.headersSent) {
        const given = Object.entries(reply.getHeaders()).filter((header): header is [string, string] => !!header[1]);
        reply.hijack();
        response.writeHead(200, {
          ...Object.fromEntries(given),
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        });
      }
      response.write(frame);
    },
    buffered: () => response.writableLength,
  };
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
