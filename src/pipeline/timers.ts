import { isWeirError } from '../core/errors.ts';
import { subjects } from '../log/subjects.ts';
import type { PipelineOptions } from './run.ts';
import type { Worker } from './worker.ts';

/** Told at once at most, of one partition. */
const timersAtOnce = 1_000;
const checkMs = 1_000;
/** After the log took none. */
const againMs = 5_000;

/**
 * Tells quiet entities' clocks of the deadlines they have passed, by timer records. What the log does not take now stays due, and is told the next time:
 * a log that is full of what is still to be read must not keep it from being read.
 */
export function createTimers({ log, clock, happened }: Pick<PipelineOptions, 'log' | 'clock' | 'happened'>) {
  let nextAt = clock.now() + checkMs;

  return {
    /** Does nothing until it is time. */
    async write(workers: readonly Pick<Worker, 'partition' | 'dueTimers'>[]): Promise<void> {
      if (clock.now() < nextAt) return;
      nextAt = clock.now() + checkMs;
      try {
        for (const worker of workers) await tell(worker);
      } catch (error) {
        if (!isWeirError(error) || !error.retriable) throw error;
        nextAt = clock.now() + againMs;
        happened.retrying('timers', error, againMs);
      }
    },
  };

  async function tell(worker: Pick<Worker, 'partition' | 'dueTimers'>): Promise<void> {
    const due = worker.dueTimers(clock.now(), timersAtOnce);
    await Promise.all(
      due.map((timer) => {
        const data = Buffer.from(JSON.stringify(timer), 'utf8');
        return log.append({
          stream: 'EVENTS',
          subject: subjects.timer(worker.partition, timer.org),
          data,
          id: timer.timer,
        });
      }),
    );
  }
}
