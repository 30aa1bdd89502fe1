import { randomUUID } from 'node:crypto';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { pause } from '../core/pause.ts';
import type { Service } from '../core/service.ts';
import type { OrgSettings } from '../core/settings.ts';
import type { ModelView } from '../core/model.ts';
import type { LogMessage, LogReader, SharedLog } from '../log/log.ts';
import { lostBefore, type Position } from '../log/position.ts';
import { begin, ownerOf, type Started } from './begin.ts';
import type { Pipeline, RuntimeSettings } from './define.ts';
import { divided } from './divided.ts';
import type { Effects } from './effects.ts';
import type { PipelineHappenings } from './happenings.ts';
import { createInFlight } from './in-flight.ts';
import { createRetry } from '../core/retry.ts';
import type { StateLimits } from './state.ts';
import type { Owner } from './tell-settings.ts';
import { createTimers } from './timers.ts';
import type { Worker } from './worker.ts';

export interface PipelineOptions {
  readonly log: SharedLog;
  readonly pipelines: readonly Pipeline[];
  readonly partitions: number;
  /** Those that are worked here. Absent: all. */
  readonly worked?: readonly number[];
  readonly effects: Effects;
  /** What its commits name as their writer: one name for each start of a daemon. Default: a new one. */
  readonly writer?: string;
  readonly clock: Clock;
  readonly happened: PipelineHappenings;
  readonly limits: StateLimits;
  readonly settings: RuntimeSettings;
  /** What each organisation has set. Absent: what the log says goes on. */
  readonly orgSettings?: ReadonlyMap<string, OrgSettings>;
  /** Snapshots are written after this long or this many records, whichever comes first. */
  readonly snapshotEveryMs: number;
  readonly snapshotEveryRecords: number;
  /** Whether quiet entities' deadlines are told by timer records; simulators and tests write their own. */
  readonly idleTimers: boolean;
  /** Called when the runtime cannot go on: fenced, or a pipeline broke the rules. */
  failed(error: unknown): void;
}

/** Messages committed together at most: who has fallen behind writes fewer and larger commits. */
const batchSize = 1_024;
/** Of them, so many are handled in one tick: two or three milliseconds of work, in which nobody is answered and nothing is flushed. */
const sliceSize = 16;
/** Messages whose commits are being appended while the next are handled. */
const recordsInFlight = 2 * batchSize;
/** Batches whose effects are not applied yet; beyond it the pipelines wait for them. */
export const batchesUnapplied = 64;
/** How long it waits for events before it looks at what is due. */
const idleMs = 1_000;
const stopWithinMs = 8_000;

export interface PipelineRuntime extends Service {
  /** How far it has come in EVENTS, effects included. */
  reached(): Position;
  /** How many entities are remembered, in all partitions worked here. */
  entities(): number;
  /** Batches whose effects are not applied yet. */
  unapplied(): number;
  /** The models of an organisation, as of the last record handled; none before the start. */
  models(org: string): readonly ModelView[];
  held: Owner['held'];
  claim(): Promise<void>;
}

/** The one place that subscribes: reads EVENTS, hands each partition its part, and writes what comes of it. */
export function createPipelines(options: PipelineOptions): PipelineRuntime {
  const { log, clock, happened } = options;
  const stopping = new AbortController();
  const retry = createRetry({
    signal: stopping.signal,
    failed: (error, waitMs) => happened.retrying('pipelines', error, waitMs),
  });
  /** What fails because it is stopped is no failure. */
  const failed = (error: unknown): void => {
    if (!stopping.signal.aborted) options.failed(error);
  };
  let reader: LogReader | undefined;
  let running: Promise<void> = Promise.resolve();
  let unapplied = 0;
  let workers: Started['workers'] = [];
  let byPartition: ReadonlyMap<number, Worker> = new Map();
  let reached: Position = { created: '', sequence: 0, storedAt: 0 };

  async function run({ workers, position }: Started): Promise<void> {
    reached = position;
    let handled = position;
    const appending = createInFlight(recordsInFlight);
    const applying = createInFlight(batchesUnapplied);
    const timers = createTimers(options);
    let savedAt = clock.now();
    let unsaved = 0;
    let saving: Promise<void> | undefined;
    const failures: unknown[] = [];

    /** Never rejects: the loop looks at `failures`. */
    const noticed = async (work: Promise<unknown>, done?: () => void): Promise<void> => {
      try {
        await work;
        done?.();
      } catch (error) {
        failures.push(error);
        // Whoever waits for more is told at once.
        void reader?.close();
      }
    };
    const reach = (position: Position) => () => {
      unapplied -= 1;
      if (position.sequence > reached.sequence) happened.pipelinesReached(position.sequence, position.storedAt);
      reached = position;
    };
    const settled = async (): Promise<void> => {
      await Promise.all([appending.done(), applying.done()]);
      if (failures.length > 0) throw failures[0];
    };

    while (!stopping.signal.aborted) {
      const batch = (await reader?.next({ waitMs: idleMs })) ?? [];
      await handle(batch, handled.sequence);
      await appending.room();
      await applying.room();
      if (failures.length > 0) throw failures[0];
      const last = batch.at(-1);
      // Of nothing there is nothing to follow: years of silence would add up.
      if (last) {
        handled = { ...handled, sequence: last.sequence, storedAt: last.storedAt };
        unsaved += batch.length;
        const written = write(workers);
        appending.add(noticed(written.appended), batch.length);
        unapplied += 1;
        applying.add(noticed(written.applied, reach(handled)), 1);
      }
      if (options.idleTimers) await timers.write(workers.map(({ worker }) => worker));
      const due =
        unsaved >= options.snapshotEveryRecords || (unsaved > 0 && clock.now() >= savedAt + options.snapshotEveryMs);
      if (due && !saving) {
        await settled();
        [unsaved, savedAt] = [0, clock.now()];
        saving = snapshot(workers, handled).finally(() => {
          saving = undefined;
        });
      }
    }
    await Promise.all([settled(), saving]);
    if (unsaved > 0) await snapshot(workers, handled);
  }

  /** Begins all partitions' snapshots at this moment, and writes them one after the other. */
  async function snapshot(workers: Started['workers'], position: Position): Promise<void> {
    const begun = workers.map(({ worker, snapshots }) => ({
      worker,
      write: snapshots.begin(worker.store, worker.shelf, worker.tuning, position),
    }));
    for (const { worker, write } of begun) {
      const started = clock.now();
      try {
        happened.snapshotWritten(worker.partition, await write(stopping.signal), clock.now() - started);
      } catch (error) {
        happened.snapshotFailed(worker.partition, error);
      }
    }
  }

  async function handle(batch: readonly LogMessage[], after: number): Promise<void> {
    const lost = lostBefore(batch, after);
    if (lost) happened.eventsLost('pipelines', lost.from, lost.to);
    for (let start = 0; start < batch.length; start += sliceSize) {
      if (start > 0) await nextTick();
      const slice = batch.slice(start, start + sliceSize);
      for (const [worker, messages] of divided(slice, byPartition)) {
        const forgottenBefore = worker.store.evicted;
        worker.handle(messages);
        const forgotten = worker.store.evicted - forgottenBefore;
        if (forgotten > 0) happened.entitiesForgotten(worker.partition, forgotten);
      }
    }
  }

  /** Resolves as all workers' do. What a worker promises stands for all it handled before, so a batch is done when those before it are. */
  function write(workers: Started['workers']) {
    const written = workers.map(({ worker }) => worker.write());
    return {
      appended: Promise.all(written.map(({ appended }) => appended)),
      applied: Promise.all(written.map(({ applied }) => applied)),
    };
  }

  return {
    name: 'pipelines',
    reached: () => reached,
    unapplied: () => unapplied,
    entities: () => workers.reduce((sum, { worker }) => sum + worker.store.size, 0),
    // All partitions have the same.
    models: (org) => workers[0]?.worker.shelf.viewsOf(org) ?? [],
    held: (org) => ownerOf(workers).held(org),
    claim: () => ownerOf(workers).claim(retry),
    async start() {
      const started = await begin({ ...options, failed }, retry, options.writer ?? randomUUID());
      ({ workers } = started);
      byPartition = new Map(workers.map(({ worker }) => [worker.partition, worker]));
      const after = started.position.sequence;
      const partitions = workers.map(({ worker }) => worker.partition);
      reader = log.read('EVENTS', { after, maxMessages: batchSize, partitions });
      running = run(started).catch(failed);
    },
    async stop() {
      stopping.abort();
      await reader?.close();
      const patience = new AbortController();
      await Promise.race([running, pause(stopWithinMs, patience.signal)]);
      patience.abort();
    },
  };
}
