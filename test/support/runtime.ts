import { defaultSettings } from '../../src/pipeline/define.ts';
import type { Commit } from '../../src/core/commit.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import { partitionOf } from '../../src/core/ids.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import type { Effects } from '../../src/pipeline/effects.ts';
import { createPipelines, type PipelineOptions } from '../../src/pipeline/run.ts';
import type { PipelineHappenings } from '../../src/pipeline/happenings.ts';
import { defaultLimits } from '../../src/pipeline/state.ts';

/** Happenings that are written down, by name. */
export function noted(): { readonly happened: PipelineHappenings; readonly notes: [string, ...unknown[]][] } {
  const notes: [string, ...unknown[]][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): void => {
      notes.push([name, ...args]);
    };
  return {
    notes,
    happened: {
      committed: () => undefined,
      pipelinesReached: () => undefined,
      snapshotWritten: note('snapshotWritten'),
      snapshotFailed: note('snapshotFailed'),
      snapshotPassedBy: note('snapshotPassedBy'),
      pipelineBegunAnew: note('pipelineBegunAnew'),
      modelBegunAnew: note('modelBegunAnew'),
      positionRejected: note('positionRejected'),
      eventsLost: note('eventsLost'),
      entitiesForgotten: note('entitiesForgotten'),
      memoryForgotten: note('memoryForgotten'),
      fenced: note('fenced'),
      retrying: note('retrying'),
      settingsChanged: note('settingsChanged'),
    },
  };
}

/** The runtime with what a test does not care for filled in. */
export function aRuntime(
  given: Pick<PipelineOptions, 'log' | 'pipelines'> & Partial<PipelineOptions>,
): ReturnType<typeof createPipelines> {
  const effects: Effects = { apply: async () => undefined };
  return createPipelines({
    partitions: 4,
    effects,
    clock: { now: () => Date.now() },
    happened: noted().happened,
    limits: defaultLimits,
    settings: defaultSettings,
    snapshotEveryMs: 60_000,
    snapshotEveryRecords: 1_000_000,
    idleTimers: false,
    failed: () => undefined,
    ...given,
  });
}

export async function appendEvent(log: Log, event: StreamEvent, partitions = 4): Promise<void> {
  const partition = partitionOf(event.org, event.entity, partitions);
  await log.append({
    stream: 'EVENTS',
    subject: subjects.event(partition, event.org, event.origin),
    data: Buffer.from(JSON.stringify(event)),
    id: event.id,
  });
}

export async function readAll(log: Log, stream: 'SIGNALS' | 'ALERTS' | 'DEADLETTERS'): Promise<readonly unknown[]> {
  const { lastSequence } = await log.info(stream);
  const all: unknown[] = [];
  for (let sequence = 1; sequence <= lastSequence; sequence++) {
    const message = await log.at(stream, sequence);
    if (message) all.push(JSON.parse(Buffer.from(message.data).toString()));
  }
  return all;
}

export const commitsOf = async (log: Log): Promise<readonly Commit[]> =>
  (await readAll(log, 'SIGNALS')) as readonly Commit[];
