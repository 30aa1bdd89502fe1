import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { decodeEntry, type Entry } from './facts.ts';
import { fold, noRun } from './fold.ts';
import type { Run } from './run.ts';

/** More than the entries of any run within its limits: 64 steps with all their retries. */
const entriesMax = 5_000;

/** A run as its subject has it; `noRun` where there is none. */
export async function loadRun(log: Pick<Log, 'next'>, org: string, id: string): Promise<Run> {
  const entries = await entriesOf(log, org, id);
  return entries.reduce((run, [entry, sequence]) => fold(run, entry, sequence), noRun);
}

/** What is recorded of a run, in its order, each with its sequence; none where there is no such run. */
export async function entriesOf(
  log: Pick<Log, 'next'>,
  org: string,
  id: string,
): Promise<readonly (readonly [Entry, number])[]> {
  const entries: (readonly [Entry, number])[] = [];
  for (let after = 0; entries.length < entriesMax;) {
    const message = await log.next('RUNS', subjects.run(org, id), after);
    if (!message) break;
    entries.push([decodeEntry(message.data), message.sequence]);
    after = message.sequence;
  }
  return entries;
}
