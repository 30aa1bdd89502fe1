import { randomUUID } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Effects } from '../pipeline/effects.ts';
import type { PipelineOptions } from '../pipeline/run.ts';
import { createRetry } from '../core/retry.ts';
import { tellSettings, type Owner } from '../pipeline/tell-settings.ts';
import type { Standing } from './calls.ts';
import { asOne } from './as-one.ts';
import { openPipelineThread, type PipelineThread, type ThreadOptions } from './threaded.ts';

export interface ThreadsOptions extends Omit<ThreadOptions, 'worked'>, Pick<PipelineOptions, 'orgSettings'> {
  /** How many there shall be; never more than partitions. */
  readonly threads: number;
  readonly clock: Clock;
}

export interface PipelineThreads extends Omit<PipelineThread, 'start' | 'held' | 'claim'> {
  /** Begins with what the log holds. What the pipelines say is carried out here, by `effects`. Once more only after a `stop`. */
  start(effects: Effects): Promise<void>;
}

/** Opens threads for the pipelines, each with its share of the partitions. To all others they are one. */
export function openPipelineThreads({
  threads: wanted,
  clock,
  orgSettings,
  ...options
}: ThreadsOptions): PipelineThreads {
  const { partitions, log, failed } = options;
  const shares = sharesOf(partitions, wanted);
  let refused = (): void => undefined;
  const happened = {
    ...options.happened,
    retrying(...said: Parameters<typeof options.happened.retrying>) {
      options.happened.retrying(...said);
      refused();
    },
  };
  const tellings = asOne(shares.length, happened);
  const threads = shares.map((worked, index) =>
    openPipelineThread({ ...options, worked, happened: { ...happened, ...tellings[index] } }),
  );
  const all = <T>(ask: (thread: PipelineThread) => Promise<T>): Promise<readonly T[]> => Promise.all(threads.map(ask));
  let stopping = new AbortController();

  const owner: Owner = {
    held: async (org) => (await all((thread) => thread.held(org))).flat(),
    claim: async () => void (await all((thread) => thread.claim())),
  };

  /** Resolves when the settings are told, or when the log does not take them now: then they follow as soon as it does. */
  async function tell(): Promise<void> {
    const { signal } = stopping;
    const retry = createRetry({ signal, failed: (error, waitMs) => happened.retrying('pipelines', error, waitMs) });
    const later = new Promise<void>((resolve) => {
      refused = resolve;
    });
    const telling = tellSettings({ log, clock, happened, retry, ...(orgSettings && { orgSettings }) }, owner);
    await Promise.race([telling.catch((error: unknown) => signal.aborted || failed(error)), later]);
  }

  return {
    async start(effects: Effects) {
      stopping = new AbortController();
      const writer = randomUUID();
      await all((thread) => thread.start(effects, writer));
      await tell();
    },
    async stop() {
      stopping.abort();
      await all((thread) => thread.stop());
    },
    stands: async () => joined(await all((thread) => thread.stands())),
    // All partitions have the same.
    models: async (org) => (await threads[0]?.models(org)) ?? [],
    async end() {
      await all((thread) => thread.end());
    },
  };
}

/** Who works which partitions: as many each as can be, every partition once. */
export function sharesOf(partitions: number, threads: number): readonly (readonly number[])[] {
  const howMany = Math.min(partitions, threads);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return Array.from({ length: howMany }, (_, thread) => all.filter((partition) => partition % howMany === thread));
}

/** How far all have come: as far as the last of them. */
function joined(standings: readonly Standing[]): Standing {
  const last = standings.reduce((a, b) => (b.reached.sequence < a.reached.sequence ? b : a));
  return {
    reached: last.reached,
    unapplied: Math.max(...standings.map(({ unapplied }) => unapplied)),
    entities: standings.reduce((sum, { entities }) => sum + entities, 0),
  };
}
