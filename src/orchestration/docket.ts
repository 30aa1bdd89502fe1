import type { LogMessage } from '../log/log.ts';
import { conducted, isChild, nextAt, parentOf, putAside, type Conducted } from './conducted.ts';
import { decodeEntry, type Entry, type Fact } from './facts.ts';
import { factOf, fold } from './fold.ts';
import { createOffice, type Office } from './office.ts';
import type { Outcome } from './run.ts';

/** What is told of runs as they are read. */
export interface DocketHappenings {
  /** A fact is in the log: each once, told by the conductor that read it. */
  runFact(org: string, runId: string, fact: Fact, at: number): void;
  runEnded(org: string, runId: string, outcome: Outcome, tookMs: number): void;
  /** A mistake in weir, in one run, which goes on no further; or a newer weir wrote to it (`NewerEntry`), which sees to it. */
  runUndecidable(org: string, runId: string, error: unknown): void;
}

export interface DocketDeps {
  readonly inFlightPerOrg: number;
  readonly waitingPerOrg: number;
  readonly happened: DocketHappenings;
}

/** The runs that have not ended, as far as RUNS was read. A mistake in one of them puts that aside, and never throws. */
export interface Docket extends Omit<Office<Conducted>, 'place' | 'leave'> {
  /** The next message of RUNS. Those of whom something follows: the run itself, and when it ended the one it is under. `live`: it is told of. */
  see(message: LogMessage, live: boolean): readonly Conducted[];
  get(id: string): Conducted | undefined;
  all(): Iterable<Conducted>;
  /** Of those under no other. */
  roots(): number;
}

export function createDocket({ inFlightPerOrg, waitingPerOrg, happened }: DocketDeps): Docket {
  const runs = new Map<string, Conducted>();
  const office: Office<Conducted> = createOffice(inFlightPerOrg, waitingPerOrg);

  function take(held: Conducted, entry: Entry, sequence: number, live: boolean): readonly Conducted[] {
    const { id, org } = held;
    // What is told of a run that ended before the floor, or that was ended already, has come too late.
    if (!runs.has(id) && entry.facts[0]?.fact !== 'requested') return [];
    runs.set(id, held);
    held.run = held.aside ? { ...held.run, sequence } : fold(held.run, entry, sequence);
    const ended = entry.facts.find((fact) => fact.fact === 'run-ended');
    if (ended) {
      runs.delete(id);
      office.leave(org, held);
    }
    if (live) for (const fact of entry.facts) happened.runFact(org, id, fact, entry.at);
    if (live && ended)
      happened.runEnded(org, id, ended.outcome, entry.at - (factOf(held.run, 'requested')?.at ?? entry.at));
    const parent = runs.get(parentOf(held.run) ?? '');
    if (ended) return parent ? [parent] : [];
    if (held.aside) return [held];
    held.nextAt = nextAt(held);
    office.place(org, held, held.run);
    return [held];
  }

  return {
    ...office,
    see(message, live) {
      const { sequence, subject, data } = message;
      const [, kind, org = '', id = ''] = subject.split('.');
      if (kind !== 'runs') return [];
      const held = runs.get(id) ?? conducted(id, org, message);
      try {
        return take(held, decodeEntry(data), sequence, live);
      } catch (error) {
        if (!held.aside) happened.runUndecidable(org, id, error);
        putAside(held, sequence, error);
        office.leave(org, held);
        // A conductor that starts later shall still find it.
        if (!held.aside?.ends) runs.set(id, held);
        return runs.has(id) ? [held] : [];
      }
    },
    get: (id) => runs.get(id),
    all: () => runs.values(),
    roots: () => [...runs.values()].filter((held) => !isChild(held)).length,
  };
}
