import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { SimulatedRequest } from './request.ts';

/** A request as one line of JSON. It is signed with its event time, so that the same simulation gives the same bytes. */
export function lineOf(request: SimulatedRequest): string {
  const { method, path, headers, body } = request.build(request.at);
  const { at, entity, events } = request;
  return `${JSON.stringify({ at: new Date(at).toISOString(), method, path, headers, body, events, entity })}\n`;
}

/** Writes requests as JSON lines into a file. */
export async function record(requests: Iterable<SimulatedRequest>, file: string): Promise<void> {
  await pipeline(function* lines() {
    for (const request of requests) yield lineOf(request);
  }, createWriteStream(file));
}
