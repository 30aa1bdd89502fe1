import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { beatOf, beginEventStream } from '../core/event-stream.ts';
import { WeirError } from '../core/errors.ts';
import { sseFraming } from './frames.ts';
import type { PushLimits } from './limits.ts';
import type { Outlet } from './outlet.ts';
import type { PushHappenings } from './protocol.ts';

/** What a stream is fed from. */
export interface Feed {
  drained(): void;
  close(): void;
}

export interface Streams {
  /** Throws `too-many` where the organisation, or all together, has as many as it may. */
  mustHaveRoom(org: string): void;
  /** Looks after a stream that has begun, until it is closed. */
  watch(response: ServerResponse, org: string, feed: Feed): void;
}

type StreamLimits = Pick<PushLimits, 'pingEveryMs' | 'silentMsMax' | 'connectionsMax' | 'connectionsPerOrgMax'>;

/** The open event streams: kept alive, cut where nobody takes them, ended before the server stops. */
export function createStreams(server: FastifyInstance, limits: StreamLimits, happened: PushHappenings): Streams {
  const open = new Map<ServerResponse, { readonly org: string; readonly beat: () => void }>();
  const heart = setInterval(() => {
    for (const { beat } of open.values()) beat();
  }, limits.pingEveryMs);
  server.addHook('preClose', async () => {
    clearInterval(heart);
    for (const response of open.keys()) response.end();
  });

  return {
    mustHaveRoom(org) {
      const own = [...open.values()].filter((each) => each.org === org).length;
      if (open.size < limits.connectionsMax && own < limits.connectionsPerOrgMax) return;
      happened.subscriberRefused('too-many');
      throw new WeirError('too-many', 'As many streams are open as there may be.', { retryAfterS: 10 });
    },
    watch(response, org, feed) {
      let cut = false;
      const beat = beatOf(response, Math.ceil(limits.silentMsMax / limits.pingEveryMs), () => {
        cut = true;
      });
      open.set(response, { org, beat });
      happened.subscribersConnected('sse', open.size);
      response.on('drain', () => feed.drained());
      response.on('close', () => {
        feed.close();
        open.delete(response);
        happened.subscribersConnected('sse', open.size);
        happened.subscriberGone('sse', cut ? 'silent' : 'client');
      });
    },
  };
}

/** Headers go out with the first frame: until then a refusal can still be an answer of its own. */
export function outletOf(reply: FastifyReply): Outlet {
  const response = reply.raw;
  return {
    framing: sseFraming,
    send(frame) {
      if (!response.headersSent) beginEventStream(reply);
      response.write(frame);
    },
    buffered: () => response.writableLength,
  };
}
