import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SimulatedRequest } from './request.ts';

/** A request as one line of JSON. It is signed with its event time, so that the same simulation gives the same bytes. */
export function lineOf(request: SimulatedRequest): string {
  const { method, path, headers, body } = request.build(request.at);
  const { at, entity, events } = request;
  return `${JSON.stringify({ at: new Date(at).toISOString(), method, path, headers, body, events, entity })}\n`;
}

/** Writes requests as JSON lines to a file, or to a stream that is left open. Resolves with how many events they hold. */
export async function record(requests: Iterable<SimulatedRequest>, to: string | Writable): Promise<number> {
  let events = 0;
  function* lines() {
    for (const request of requests) {
      events += request.events;
      yield lineOf(request);
    }
  }
  if (typeof to === 'string') await pipeline(Readable.from(lines()), createWriteStream(to));
  else await pipeline(Readable.from(lines()), to, { end: false });
  return events;
}
