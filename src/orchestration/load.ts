import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { decodeEntry } from './facts.ts';
import { fold, noRun } from './fold.ts';
import type { Run } from './run.ts';

/** More than the entries of any run within its limits: 64 steps with all their retries. */
const entriesMax = 5_000;

/** A run as its subject has it; `noRun` where there is none. */
export async function loadRun(log: Pick<Log, 'next'>, org: string, id: string): Promise<Run> {
  let run = noRun;
  for (let read = 0, after = 0; read < entriesMax; read += 1) {
    const message = await log.next('RUNS', subjects.run(org, id), after);
    if (!message) break;
    run = fold(run, decodeEntry(message.data), message.sequence);
    after = message.sequence;
  }
  return run;
}
