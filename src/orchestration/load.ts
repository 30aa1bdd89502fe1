import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { readEntry, type Entry } from './facts.ts';
import { fold, noRun } from './fold.ts';
import type { Run } from './run.ts';

/** More than the entries of any run within its limits: 64 steps with all their retries. */
const entriesMax = 5_000;

type Read = readonly [entry: Entry, sequence: number];

/** A run as its subject has it; `noRun` where there is none. `known`: as far as it was read before. */
export async function loadRun(log: Pick<Log, 'next'>, org: string, id: string, known = noRun): Promise<Run> {
  const entries = await entriesOf(log, org, id, known.sequence);
  return entries.reduce((run, [entry, sequence]) => fold(run, entry, sequence), known);
}

/** What is recorded of a run after a sequence and can be read, in its order, each with its sequence; none where there is no such run. */
export async function entriesOf(log: Pick<Log, 'next'>, org: string, id: string, from = 0): Promise<readonly Read[]> {
  const entries: Read[] = [];
  for (let after = from; entries.length < entriesMax;) {
    const message = await log.next('RUNS', subjects.run(org, id), after);
    if (!message) break;
    const entry = readEntry(message.data);
    if (entry) entries.push([entry, message.sequence]);
    after = message.sequence;
  }
  return entries;
}
