import { z } from 'zod';
import { isWeirError } from '../core/errors.ts';
import { pause } from '../core/pause.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { parseCommit } from './commits.ts';
import type { Effects } from './effects.ts';

/** What is told of effects that are put by. */
export interface PutByHappenings {
  /** Their stream is full: from here on they wait for room, and nothing else waits for them. */
  effectsPutBy(name: string, partition: number, error: unknown): void;
  /** All that was put by is applied. */
  effectsCaughtUp(name: string, partition: number): void;
  /** What was put by has aged out of SIGNALS. */
  eventsLost(reader: string, from: number, to: number): void;
  retrying(reader: string, error: unknown, waitMs: number): void;
}

export interface PutByOptions {
  /** In the key-value, and in what is told. */
  readonly name: string;
  readonly effects: Effects;
  readonly log: Log;
  readonly happened: PutByHappenings;
  /** How long it waits before it tries a full stream again, ms. */
  readonly retryMs?: number;
  /** Called when it cannot go on. */
  failed(error: unknown): void;
}

const behindSchema = z.object({ created: z.string(), after: z.int().min(0) });
const behindIn = (value: Uint8Array) => behindSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));

/** A partition whose effects are behind. Sequences in SIGNALS. */
interface Behind {
  readonly created: string;
  /** Through which they are applied. */
  after: number;
  /** Through which they were left to be read. */
  to: number;
  /** The one for which there was no room. */
  refused?: number;
  /** Of what is remembered of it. Undefined once another daemon has taken it over, which sees to all of it. */
  revision: number | undefined;
}

/** So many commits are applied before it is remembered how far it came: a crash applies them again. */
const rememberEvery = 64;

/**
 * Effects that keep no others waiting. Where their stream is full, it is remembered durably from which commit on they are missing, and they
 * count as applied; they stand in SIGNALS, and are read there and applied, in their order, when there is room again. To be started before
 * the pipelines, and stopped after them.
 */
export function createPutBy(options: PutByOptions): Effects & Service {
  const { name, effects, log, happened, retryMs = 5_000, failed } = options;
  const prefix = `put-by.${name}.`;
  const reader = `${name} put by`;
  const behind = new Map<number, Behind>();
  const catchingUp = new Map<number, Promise<void>>();
  const stopping = new AbortController();

  function begin(partition: number, its: Behind): void {
    behind.set(partition, its);
    const done = catchUp(partition, its)
      .catch(failed)
      .finally(() => catchingUp.delete(partition));
    catchingUp.set(partition, done);
  }

  async function catchUp(partition: number, its: Behind): Promise<void> {
    for (let applied = 1; its.after < its.to && !stopping.signal.aborted; applied += 1) {
      try {
        await applyNext(partition, its);
        if (applied % rememberEvery === 0) await remember(partition, its);
      } catch (error) {
        await again(error);
      }
    }
    if (stopping.signal.aborted) return;
    // What comes from here on is applied as it comes; what is remembered until it is forgotten is applied again, as after any crash.
    behind.delete(partition);
    happened.effectsCaughtUp(name, partition);
    await forget(partition, its);
  }

  async function applyNext(partition: number, its: Behind): Promise<void> {
    // What is committed while this looks is found the next time.
    const { to, refused } = its;
    const next = await log.next('SIGNALS', subjects.signals(partition), its.after);
    const reached = Math.min(next?.sequence ?? to + 1, to + 1);
    if (refused !== undefined && refused < reached) {
      // It waited for so long that it has aged out. What comes before `reached` and is there still is of other partitions.
      const { firstSequence } = await log.info('SIGNALS');
      happened.eventsLost(reader, refused, Math.min(reached, firstSequence) - 1);
      delete its.refused;
    }
    if (next?.sequence !== reached) {
      // Not through `next`: what follows from that comes from whoever committed it.
      its.after = to;
      return;
    }
    its.refused = reached;
    await effects.apply(parseCommit(next), next.storedAt, { from: reached, to: reached });
    delete its.refused;
    its.after = reached;
  }

  async function again(error: unknown): Promise<void> {
    if (!isWeirError(error) || !error.retriable) throw error;
    happened.retrying(reader, error, retryMs);
    await pause(retryMs, stopping.signal);
  }

  /**
   * Remembers it as its own. Where another daemon's is there (of a partition that changes hands), that is taken over with all that is
   * missing by it, and is not forgotten by the other any more.
   */
  async function claim(partition: number, its: Behind): Promise<void> {
    for (its.revision = undefined; its.revision === undefined;) {
      const before = await log.kv.get(`${prefix}${partition}`);
      const found = before && behindIn(before.value);
      if (found?.created === its.created) its.after = Math.min(its.after, found.after);
      await put(partition, its, before?.revision ?? 0);
    }
  }

  const remember = async (partition: number, its: Behind) =>
    its.revision === undefined ? undefined : put(partition, its, its.revision);

  async function put(partition: number, its: Behind, expected: number): Promise<void> {
    const { created, after } = its;
    const value = Buffer.from(JSON.stringify({ created, after }), 'utf8');
    const answer = await log.kv.put(`${prefix}${partition}`, value, expected);
    its.revision = answer.kind === 'stored' ? answer.revision : undefined;
  }

  async function forget(partition: number, { revision }: Behind): Promise<void> {
    if (revision === undefined) return;
    while (!stopping.signal.aborted) {
      try {
        return await log.kv.delete(`${prefix}${partition}`, revision);
      } catch (error) {
        await again(error);
      }
    }
  }

  return {
    name: reader,
    async apply(said, committedAt, place) {
      const { partition } = said;
      const its = behind.get(partition);
      if (its) {
        its.to = Math.max(its.to, place.to);
        // Who has taken it over may not have seen this one.
        if (its.revision === undefined) await claim(partition, its);
        return;
      }
      try {
        await effects.apply(said, committedAt, place);
      } catch (error) {
        if (!isWeirError(error, 'log-full')) throw error;
        // What was caught up with before is forgotten first.
        await catchingUp.get(partition);
        const { created } = await log.info('SIGNALS');
        const its: Behind = { created, after: place.from - 1, to: place.to, revision: undefined };
        await claim(partition, its);
        happened.effectsPutBy(name, partition, error);
        begin(partition, its);
      }
    },
    async start() {
      const { created, firstSequence } = await log.info('SIGNALS');
      for (const key of await log.kv.keys(prefix)) {
        const stored = await log.kv.get(key);
        if (!stored) continue;
        const partition = Number(key.slice(prefix.length));
        const found = behindIn(stored.value);
        // Of a log that was made anew, all is missing.
        const after = found.created === created ? found.after : 0;
        const its: Behind = { created, after, to: after, revision: undefined };
        // Before it looks how far it has to go: what comes later, whoever commits it knows to be missing.
        await claim(partition, its);
        its.to = (await log.last('SIGNALS', subjects.signals(partition)))?.sequence ?? its.after;
        if (firstSequence > its.after + 1) happened.eventsLost(reader, its.after + 1, firstSequence - 1);
        begin(partition, its);
      }
    },
    async stop() {
      stopping.abort();
      await Promise.all(catchingUp.values());
    },
  };
}
