import type { Commit } from '../core/commit.ts';
import { WeirError } from '../core/errors.ts';
import type { SharedLog, StreamInfo } from '../log/log.ts';
import { stillStands, verify, type Position } from '../log/position.ts';
import { subjects } from '../log/subjects.ts';
import { parseCommit } from './commits.ts';
import type { Retry } from '../core/retry.ts';
import type { PipelineOptions } from './run.ts';
import { createSeats, type Seats } from './seats.ts';
import { createSnapshots } from './snapshot.ts';
import { beginTelling, type Owner } from './tell-settings.ts';
import { createWorker, type Worker } from './worker.ts';

export interface Started {
  readonly workers: readonly { readonly worker: Worker; readonly snapshots: ReturnType<typeof createSnapshots> }[];
  /** Where reading begins: the earliest of the workers' snapshots. */
  readonly position: Position;
}

/**
 * Makes the workers as they were left: each with the newest snapshot that verifies, silent up to its last commit; effects
 * that may be missing are applied again; settings that have changed are put on the log, once no other daemon can commit. Refuses a log that was made with another number of partitions.
 */
export async function begin(options: PipelineOptions, retry: Retry, writer: string): Promise<Started> {
  const { log } = options;
  await claimPartitions(log, options.partitions);
  const info = await log.info('EVENTS');
  const offset = await positionOffset(options, info);
  const seats = createSeats(options.pipelines, { settings: options.settings });
  const workers = [];
  let position: Position | undefined;
  for (const partition of workedOf(options)) {
    const started = await beginPartition(options, { partition, seats, info, offset, retry, writer });
    workers.push(started);
    if (!position || started.position.sequence < position.sequence) position = started.position;
  }
  await beginTelling({ ...options, retry }, ownerOf(workers), options.failed);
  return { workers, position: position ?? { created: info.created, sequence: 0, storedAt: 0 } };
}

/** Those who work partitions, as one. */
export const ownerOf = (workers: Started['workers']): Owner => ({
  held: async (org) => workers.map(({ worker }) => worker.tuning.held(org)),
  claim: async (again) => void (await Promise.all(workers.map(({ worker }) => worker.claim(again)))),
});

const workedOf = ({ partitions, worked }: Pick<PipelineOptions, 'partitions' | 'worked'>): readonly number[] =>
  worked ?? Array.from({ length: partitions }, (_, partition) => partition);

interface Partition {
  readonly partition: number;
  readonly seats: Seats;
  readonly info: StreamInfo;
  readonly offset: number;
  readonly retry: Retry;
  readonly writer: string;
}

async function beginPartition(options: PipelineOptions, { partition, seats, info, offset, retry, writer }: Partition) {
  const { log, pipelines, effects, happened } = options;
  const snapshots = createSnapshots(log, partition, pipelines);
  const { snapshot, rejected, passedBy, otherVersions } = await snapshots.load();
  for (const verdict of rejected) happened.positionRejected(`snapshot of partition ${partition}`, verdict);
  for (const why of passedBy) happened.snapshotPassedBy(partition, why);
  for (const pipeline of otherVersions) happened.pipelineBegunAnew(partition, pipeline);

  const last = await log.last('SIGNALS', subjects.signals(partition));
  const commit = last && parseCommit(last);
  // Where SIGNALS was made anew meanwhile, what a commit says of it may lie beyond itself.
  if (last && commit) await applyFrom(Math.min(commit.applied, last.sequence - 1));
  const verdict = commit && (await verify(log, 'EVENTS', positionOf(commit)));
  const agrees = verdict === undefined || stillStands(verdict);
  if (!agrees) happened.positionRejected(`commits of partition ${partition}`, verdict);
  const committed = agrees ? commit && positionOf(commit) : await lastAgreed(log, partition);
  const position = snapshot?.position ?? { created: info.created, sequence: 0, storedAt: 0 };
  const worker = createWorker(
    { ...options, partition, seats, retry, writer: `${writer}.${partition}`, created: info.created },
    {
      state: snapshot?.state ?? [],
      models: snapshot?.models ?? [],
      tuned: snapshot?.tuned ?? [],
      restoredTo: position.sequence,
      committed: committed && committed.sequence > position.sequence ? committed : position,
      fence: last?.sequence ?? 0,
      offset,
    },
  );
  return { worker, snapshots, position };

  /** The effects of the commits that were in the log when the last one was written, and theirs were not for certain. */
  async function applyFrom(applied: number): Promise<void> {
    const following = (after: number) => retry(() => log.next('SIGNALS', subjects.signals(partition), after));
    for (let next = await following(applied); next; next = await following(next.sequence)) {
      const { storedAt, sequence } = next;
      const commit = parseCommit(next);
      await retry(() => effects.apply(commit, storedAt, { from: sequence, to: sequence }));
    }
  }
}

const positionOf = ({ created, to: sequence, storedAt }: Commit): Position => ({ created, sequence, storedAt });

/** Where the newest commit stands at which a restored log still is the one that was worked: what lies behind it is new. */
async function lastAgreed(log: SharedLog, partition: number): Promise<Position | undefined> {
  const { lastSequence } = await log.info('SIGNALS');
  const subject = subjects.signals(partition);
  const positions: Position[] = [];
  const reader = log.read('SIGNALS', { after: 0, maxMessages: 500 });
  try {
    for (let reached = 0; reached < lastSequence;) {
      const batch = await reader.next();
      for (const message of batch) if (message.subject === subject) positions.push(positionOf(parseCommit(message)));
      reached = batch.at(-1)?.sequence ?? lastSequence;
    }
  } finally {
    await reader.close();
  }
  for (const position of positions.toReversed()) {
    if (stillStands(await verify(log, 'EVENTS', position))) return position;
  }
  return undefined;
}

/** Work is partitioned by a hash modulo their number: with another number, one entity's events would lie in two partitions. */
async function claimPartitions(log: SharedLog, partitions: number): Promise<void> {
  const wanted = Buffer.from(String(partitions), 'utf8');
  const made = await log.kv.put('partitions', wanted, 0);
  if (made.kind === 'stored') return;
  const stored = await log.kv.get('partitions');
  const found = stored && Buffer.from(stored.value).toString('utf8');
  if (found === String(partitions)) return;
  throw new WeirError(
    'log-mismatch',
    `The log was made with ${found ?? 'another number of'} partitions, the configuration says ${partitions}: set "partitions" back, or begin with an empty log.`,
  );
}

/**
 * What is added to sequences of EVENTS to give positions that never fall, so that alerts go on taking observations after
 * the log was restored to an earlier state. 0 for a log that never was; kept in the log's key-value.
 */
async function positionOffset(
  { log, partitions }: Pick<PipelineOptions, 'log' | 'partitions'>,
  info: StreamInfo,
): Promise<number> {
  const key = 'position-offset';
  const stored = await log.kv.get(key);
  const offset = stored ? Number(Buffer.from(stored.value).toString('utf8')) : 0;
  let greatest = 0;
  let intact = true;
  for (let partition = 0; partition < partitions; partition++) {
    const last = await log.last('SIGNALS', subjects.signals(partition));
    if (!last) continue;
    const position = positionOf(parseCommit(last));
    greatest = Math.max(greatest, position.sequence);
    intact &&= stillStands(await verify(log, 'EVENTS', position));
  }
  if (intact) return offset;
  const raised = offset + greatest;
  const put = await log.kv.put(key, Buffer.from(String(raised), 'utf8'), stored?.revision ?? 0);
  if (put.kind === 'moved') return positionOffset({ log, partitions }, info);
  return raised;
}
