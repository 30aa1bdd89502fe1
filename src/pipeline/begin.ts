import type { Log, StreamInfo } from '../log/log.ts';
import { verify, type Position } from '../log/position.ts';
import { subjects } from '../log/subjects.ts';
import { WeirError } from '../core/errors.ts';
import type { Retry } from './retry.ts';
import type { PipelineOptions } from './run.ts';
import { createSnapshots } from './snapshot.ts';
import { createWorker, parseCommit, type Worker } from './worker.ts';

export interface Started {
  readonly workers: readonly { readonly worker: Worker; readonly snapshots: ReturnType<typeof createSnapshots> }[];
  /** Where reading begins: the earliest of the workers' snapshots. */
  readonly position: Position;
}

/**
 * Makes the workers as they were left: each with the newest snapshot that verifies, silent up to its last commit, whose
 * effects are applied again. Refuses a log that was made with another number of partitions.
 */
export async function begin(options: PipelineOptions, retry: Retry, writer: string): Promise<Started> {
  const { log } = options;
  await claimPartitions(log, options.partitions);
  const info = await log.info('EVENTS');
  const offset = await positionOffset(options, info);
  const workers = [];
  let position: Position | undefined;
  for (let partition = 0; partition < options.partitions; partition++) {
    const started = await beginPartition(options, { partition, info, offset, retry, writer });
    workers.push(started);
    if (!position || started.position.sequence < position.sequence) position = started.position;
  }
  return { workers, position: position ?? { created: info.created, sequence: 0, storedAt: 0 } };
}

interface Partition {
  readonly partition: number;
  readonly info: StreamInfo;
  readonly offset: number;
  readonly retry: Retry;
  readonly writer: string;
}

async function beginPartition(options: PipelineOptions, { partition, info, offset, retry, writer }: Partition) {
  const { log, pipelines, effects, happened } = options;
  const snapshots = createSnapshots(log, partition, pipelines);
  const { snapshot, rejected } = await snapshots.load();
  for (const verdict of rejected) happened.positionRejected(`snapshot of partition ${partition}`, verdict);
  const restoredTo = snapshot?.position.sequence ?? 0;

  const last = await log.last('SIGNALS', subjects.signals(partition));
  const commit = last && parseCommit(last);
  let committedTo = restoredTo;
  if (last && commit) {
    const verdict = await verify(log, 'EVENTS', {
      created: commit.created,
      sequence: commit.to,
      storedAt: commit.storedAt,
    });
    if (verdict === 'valid' || verdict === 'trimmed') committedTo = Math.max(restoredTo, commit.to);
    // The log ends before what was committed: all that is left of it was committed, too.
    if (verdict === 'cut') committedTo = Math.max(restoredTo, info.lastSequence);
    if (verdict !== 'valid' && verdict !== 'trimmed')
      happened.positionRejected(`commits of partition ${partition}`, verdict);
    await retry(() => effects.apply(commit, last.storedAt));
  }
  const worker = createWorker(
    { ...options, partition, retry, writer: `${writer}.${partition}`, created: info.created },
    { state: snapshot?.state ?? [], restoredTo, committedTo, fence: last?.sequence ?? 0, offset },
  );
  const position = snapshot?.position ?? { created: info.created, sequence: 0, storedAt: 0 };
  return { worker, snapshots, position };
}

/** Work is partitioned by a hash modulo their number: with another number, one entity's events would lie in two partitions. */
async function claimPartitions(log: Log, partitions: number): Promise<void> {
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
    const { created, to: sequence, storedAt } = parseCommit(last);
    const verdict = await verify(log, 'EVENTS', { created, sequence, storedAt });
    greatest = Math.max(greatest, sequence);
    intact &&= verdict === 'valid' || verdict === 'trimmed';
  }
  if (intact) return offset;
  const raised = offset + greatest;
  const put = await log.kv.put(key, Buffer.from(String(raised), 'utf8'), stored?.revision ?? 0);
  if (put.kind === 'moved') return positionOffset({ log, partitions }, info);
  return raised;
}
