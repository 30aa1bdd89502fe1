import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { SimulatedRequest } from './request.ts';
import { createSender, type Sent } from './send.ts';
import { createTurns } from './turns.ts';

export interface PlayOptions {
  /** Where the daemon is reached: `http://127.0.0.1:8420`. */
  readonly url: string;
  readonly clock: Clock;
  /** How it waits; rejects when aborted. Absent: by the machine's timers. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Events a second; absent: as fast as answers come. */
  readonly rate?: number;
  /** Requests at once, waiting for their entity's turn included. One entity's requests go one after another, each after the last one's answer. */
  readonly concurrency?: number;
  /** How long a request is tried that gets no answer or is told to come back, ms. */
  readonly patienceMs?: number;
  readonly onProgress?: (counts: PlayCounts) => void;
  /** Told of every request once it is answered for good, or given up. */
  readonly onAnswer?: (request: SimulatedRequest, sent: Sent) => void;
  /** Nothing is sent once it is aborted, and nothing sent again; what is in flight is waited for. */
  readonly signal?: AbortSignal;
}

/** What became of it, in events but for `requests` and `retried`. `sent = accepted + ignored + deadLettered + rejected + duplicates + unanswered`. */
export interface PlayCounts {
  readonly requests: number;
  readonly sent: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly deadLettered: number;
  /** Of requests refused for good. */
  readonly rejected: number;
  /** Of requests given up after `patienceMs`. */
  readonly unanswered: number;
  /** Attempts beyond the first. */
  readonly retried: number;
  /** What the first few refusals said. */
  readonly refusals: readonly string[];
}

const defaultConcurrency = 32;
const defaultPatienceMs = 60_000;
const progressEveryMs = 250;
const refusalsKept = 5;

/**
 * Sends requests to a daemon in their order, those of different entities at the same time. Tries again, signed anew and
 * otherwise unchanged, what was answered 429 or 5xx or not at all. Resolves when all are answered; rejects only for a bug.
 */
export async function play(requests: Iterable<SimulatedRequest>, options: PlayOptions): Promise<PlayCounts> {
  const { clock, rate, concurrency = defaultConcurrency, patienceMs = defaultPatienceMs, signal } = options;
  const sender = createSender({
    url: options.url,
    clock,
    connections: concurrency,
    patienceMs,
    ...(signal && { signal }),
  });
  const tally = createTally();
  const turns = createTurns(concurrency);
  const started = clock.now();
  let toldAt = started;
  let events = 0;

  try {
    for (const request of requests) {
      if (signal?.aborted) break;
      if (rate !== undefined) await pace(started + (events / rate) * 1_000, options);
      events += request.events;
      await turns.take(request.entity, async () => {
        if (signal?.aborted) return;
        const sent = await sender.send(request);
        tally.add(request, sent);
        options.onAnswer?.(request, sent);
      });
      if (clock.now() - toldAt >= progressEveryMs) {
        toldAt = clock.now();
        options.onProgress?.(tally.counts());
      }
    }
    await turns.idle();
  } finally {
    sender.close();
  }
  options.onProgress?.(tally.counts());
  return tally.counts();
}

async function pace(due: number, { clock, signal, sleep = slept }: PlayOptions): Promise<void> {
  const wait = due - clock.now();
  // A timer is late by a millisecond or so: what is due sooner goes out with its elders.
  if (wait < 2) return;
  await sleep(wait, signal).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

async function slept(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(ms, undefined, signal ? { signal } : {});
}

function createTally() {
  const total = { requests: 0, sent: 0, accepted: 0, duplicates: 0, ignored: 0, deadLettered: 0 };
  const rest = { rejected: 0, unanswered: 0, retried: 0 };
  const refusals: string[] = [];
  return {
    add(request: SimulatedRequest, sent: Sent): void {
      total.requests += 1;
      total.sent += request.events;
      rest.retried += sent.retries;
      if (sent.kind === 'taken') {
        for (const name of ['accepted', 'duplicates', 'ignored', 'deadLettered'] as const) total[name] += sent[name];
        return;
      }
      rest[sent.kind] += request.events;
      if (refusals.length < refusalsKept) refusals.push(`${request.path}: ${sent.why}`);
    },
    counts: (): PlayCounts => ({ ...total, ...rest, refusals: [...refusals] }),
  };
}
