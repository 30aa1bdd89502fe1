import { systemClock } from '../../../src/core/clock.ts';
import type { Log } from '../../../src/log/log.ts';
import { startRun } from '../../../src/orchestration/start.ts';
import { aRequest, quick } from '../../orchestration/support/reference.ts';

const atOnce = 50;
/** The log is away for a moment; longer than that it does not come back. */
const attempts = 20;

/** Asks for runs from a number on, again where the log was away; tells how many are asked for. */
export async function askForRuns(
  log: Log,
  { from, to, asked }: { readonly from: number; readonly to: number; asked(count: number): void },
): Promise<void> {
  for (let index = from; index < to; index += atOnce) {
    const ids = Array.from({ length: Math.min(atOnce, to - index) }, (_, each) => `r${index + each}`);
    // An append that was answered with a failure may be in the log; it is known then.
    const ask = () => Promise.all(ids.map((id) => startRun(log, systemClock, aRequest(id, { limits: quick }))));
    for (let attempt = 1; !(await ask().catch(() => undefined)); attempt += 1) {
      if (attempt === attempts) throw new Error(`the log takes no runs: ${index} are asked for`);
    }
    asked(index + ids.length);
  }
}

/** Follows RUNS from a position and counts the runs that end, until the log is closed. */
export async function countEnds(
  log: Log,
  { after, saw }: { readonly after: number; saw(ends: number, sequence: number): void },
): Promise<void> {
  const reader = log.read('RUNS', { after, maxMessages: 512 });
  for (;;) {
    const messages = await reader.next();
    const last = messages.at(-1);
    if (!last) return;
    saw(messages.filter(({ data }) => Buffer.from(data).includes('"fact":"run-ended"')).length, last.sequence);
  }
}
