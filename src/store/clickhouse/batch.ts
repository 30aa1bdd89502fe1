import { setTimeout as after } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { LogReader } from '../../log/log.ts';
import type { Batch, Rewriter } from './rewriter/rewriter.ts';
import type { ArchivedStream } from './tables/rewriting.ts';
import { rewritings } from './tables/rewritings.ts';

/** How much is inserted at once. What is first reached ends a batch. */
export interface BatchLimits {
  readonly maxRows: number;
  readonly maxAgeMs: number;
  /** Of messages; one pull may pass it. */
  readonly maxBytes: number;
}

export interface BatchDeps {
  readonly rewriter: Rewriter;
  readonly limits: BatchLimits;
  readonly clock: Clock;
}

/** Between pulls once the reader has caught up: each message by itself would cost more to hand over than to archive. */
const gatherMs = 100;

/** The next batch of a reader; undefined when the reader was closed. Waits for its first message. */
export async function nextBatch(
  reader: LogReader,
  stream: ArchivedStream,
  { rewriter, limits, clock }: BatchDeps,
): Promise<Batch | undefined> {
  let pulled = await reader.next();
  if (pulled.length === 0) return undefined;
  const batch = rewriter.begin(stream);
  const deadline = clock.now() + limits.maxAgeMs;
  let bytes = 0;
  for (;;) {
    const rows = await batch.add(pulled);
    for (const { data } of pulled) bytes += data.byteLength;
    const waitMs = deadline - clock.now();
    if (waitMs <= 0 || rows >= limits.maxRows || bytes >= limits.maxBytes) break;
    if (pulled.length < rewritings[stream].pull) await after(Math.min(gatherMs, waitMs));
    pulled = await reader.next({ waitMs: Math.max(0, deadline - clock.now()) });
    if (pulled.length === 0) break;
  }
  return batch.end();
}

/** The batch of exactly the messages through `to`; undefined where retention has taken them, or the reader was closed. */
export async function batchThrough(
  reader: LogReader,
  stream: ArchivedStream,
  to: number,
  { rewriter }: Pick<BatchDeps, 'rewriter'>,
): Promise<Batch | undefined> {
  const batch = rewriter.begin(stream);
  for (;;) {
    const pulled = await reader.next();
    await batch.add(pulled.filter(({ sequence }) => sequence <= to));
    const last = pulled.at(-1);
    if (!last) return undefined;
    if (last.sequence >= to) return batch.end();
  }
}
