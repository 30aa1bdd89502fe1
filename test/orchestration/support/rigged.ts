import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Conductor } from '../../../src/orchestration/conductor.ts';
import { factOf } from '../../../src/orchestration/fold.ts';
import type { Run } from '../../../src/orchestration/run.ts';
import { createMemoryLog, type MemoryLog } from '../../support/memory-log.ts';
import { createRig, type RigOptions } from './rig.ts';

/** A rig at work. */
interface Rigged {
  readonly log: MemoryLog;
  readonly conductor: Conductor;
  /** Stops it before the test is over. */
  stop(): Promise<void>;
}

/** Starts a rig over a log, a fresh one where none is given; at the latest it is stopped when the test is over. */
export async function rigged(options: Omit<RigOptions, 'log'> & { readonly log?: MemoryLog }): Promise<Rigged> {
  const log = options.log ?? createMemoryLog(systemClock);
  const rig = createRig({ ...options, log });
  let stopping: Promise<void> | undefined;
  const stop = () => (stopping ??= rig.stop());
  onTestFinished(stop);
  await rig.start();
  return { log, conductor: rig.conductor, stop };
}

export const outcomeOf = (run: Run) => factOf(run, 'run-ended')?.fact.outcome;
