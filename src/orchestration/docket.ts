import type { LogMessage } from '../log/log.ts';
import { waitsForPeopleAlone } from './children.ts';
import { deadlines } from './decide.ts';
import { decodeEntry, NewerEntry, type Entry, type Fact } from './facts.ts';
import { factOf, fold, noRun } from './fold.ts';
import type { Outcome, Run } from './run.ts';
import { timers } from './steps.ts';
import { mistakeOf } from './stop.ts';
import { workOf } from './work.ts';

/** A run in a conductor's hands. */
export interface Conducted {
  readonly id: string;
  readonly org: string;
  /** Its request: where in RUNS, and when it was stored, log time, ms. */
  readonly first: number;
  readonly since: number;
  run: Run;
  /** Why nothing of it is folded any more: by a mistake in weir, for which it ends, or because a newer weir sees to it. */
  aside?: { readonly why: string; readonly ends: boolean };
  /** What was appended to it here and is not read back yet; until then nothing is decided. */
  awaits: number;
  busy: boolean;
  /** Somebody wanted it looked at while it was busy: it is when it is done. */
  missed: boolean;
  /** Ids of the work that was handed to the queue. */
  readonly added: Set<string>;
  /** When something of it is due though nobody says anything, ms since 1970; past where it is overdue, or something failed. */
  nextAt: number;
}

/** What is told of runs as they are read. */
export interface DocketHappenings {
  /** A fact is in the log: each once, told by the conductor that read it. */
  runFact(org: string, runId: string, fact: Fact, at: number): void;
  runEnded(org: string, runId: string, outcome: Outcome, tookMs: number): void;
  /** A mistake in weir, in one run, which goes on no further; or a newer weir wrote to it (`NewerEntry`), which sees to it. */
  runUndecidable(org: string, runId: string, error: unknown): void;
}

export interface DocketDeps {
  /** Runs under way of one organisation; the others wait in the order they came. */
  readonly inFlightPerOrg: number;
  /** Runs of one organisation that may wait; what comes beyond is refused. */
  readonly waitingPerOrg: number;
  readonly happened: DocketHappenings;
}

const places = ['waiting', 'underWay', 'parked'] as const;
/** Runs of one organisation that are under no other; who waits, in the order in which they might have begun. */
type Desk = Readonly<Record<(typeof places)[number], Set<Conducted>>>;

/**
 * The runs that have not ended, as far as RUNS was read, and which of them may begin. Only the head of those that wait is admitted, by an append
 * that one conductor wins: so a conductor that is behind cannot let in one too many. A run under another has the place of that
 * one, or runs would wait for their children for ever. A mistake in one of them puts that aside, and never throws.
 */
export function createDocket({ inFlightPerOrg, waitingPerOrg, happened }: DocketDeps) {
  const runs = new Map<string, Conducted>();
  const desks = new Map<string, Desk>();

  /**
   * The next message of RUNS. Those of whom something follows: the run itself, or when it ended the one it is under; and of the
   * organisation who may begin now, or not wait. `live`: it is told of.
   */
  function see(message: LogMessage, live: boolean): readonly Conducted[] {
    const { sequence, subject, data } = message;
    const [, kind, org = '', id = ''] = subject.split('.');
    if (kind !== 'runs') return [];
    const held = runs.get(id) ?? conducted(id, org, message);
    try {
      take(held, decodeEntry(data), sequence, live);
    } catch (error) {
      if (!held.aside) happened.runUndecidable(org, id, error);
      putAside(held, sequence, error);
      place(held);
      // A conductor that starts later shall still find it.
      if (!held.aside?.ends) runs.set(id, held);
    }
    const concerned = runs.get(id) ?? runs.get(parentOf(held) ?? '');
    return [concerned, next(org), refused(org)].filter((each) => each !== undefined);
  }

  function take(held: Conducted, entry: Entry, sequence: number, live: boolean): void {
    const { id, org } = held;
    // What is told of a run that ended before the floor, or that was ended already, has come too late.
    if (!runs.has(id) && entry.facts[0]?.fact !== 'requested') return;
    runs.set(id, held);
    held.run = held.aside ? { ...held.run, sequence } : fold(held.run, entry, sequence);
    const ended = entry.facts.find((fact) => fact.fact === 'run-ended');
    if (ended) runs.delete(id);
    if (live) for (const fact of entry.facts) happened.runFact(org, id, fact, entry.at);
    if (live && ended)
      happened.runEnded(org, id, ended.outcome, entry.at - (factOf(held.run, 'requested')?.at ?? entry.at));
    if (!ended && !held.aside) held.nextAt = nextAt(held);
    // Whether one waits for people alone is told of those above it, too.
    for (let each: Conducted | undefined = held; each; each = runs.get(parentOf(each) ?? '')) place(each);
  }

  function place(held: Conducted): void {
    const desk = desks.get(held.org) ?? { waiting: new Set(), underWay: new Set(), parked: new Set() };
    const there = placeOf(held, (id) => runs.get(id)?.run);
    for (const each of places) if (each !== there) desk[each].delete(held);
    if (there) desk[there].add(held);
    if (places.some((each) => desk[each].size > 0)) desks.set(held.org, desk);
    else desks.delete(held.org);
  }

  function next(org: string): Conducted | undefined {
    const desk = desks.get(org);
    const [head] = desk && desk.underWay.size < inFlightPerOrg ? desk.waiting : [];
    return head;
  }

  /** Who waits behind more than may wait. */
  function refused(org: string): Conducted | undefined {
    const waiting = desks.get(org)?.waiting;
    return waiting && waiting.size > waitingPerOrg ? [...waiting].at(-1) : undefined;
  }

  return {
    see,
    get: (id: string) => runs.get(id),
    all: () => runs.values(),
    mayBegin: (held: Conducted) => !factOf(held.run, 'admitted') && (isChild(held) || next(held.org) === held),
    isRefused: (held: Conducted) => refused(held.org) === held,
    /** Those of an organisation that wait for people alone. */
    parked: (org: string) => desks.get(org)?.parked.size ?? 0,
    open() {
      const underWay = [...desks.values()].reduce((sum, desk) => sum + desk.underWay.size, 0);
      return { underWay, waiting: [...runs.values()].filter((held) => !isChild(held)).length - underWay };
    },
  };
}

function placeOf({ run, aside }: Conducted, get: (id: string) => Run | undefined): keyof Desk | undefined {
  const request = factOf(run, 'requested')?.fact.request;
  if (!request || request.parent || aside || factOf(run, 'run-ended')) return undefined;
  // Whoever waits for people alone keeps nobody waiting.
  if (factOf(run, 'admitted')) return waitsForPeopleAlone(run, get) ? 'parked' : 'underWay';
  return request.settleMs === 0 || factOf(run, 'timer', timers.settled) ? 'waiting' : undefined;
}

function conducted(id: string, org: string, { sequence: first, storedAt: since }: LogMessage): Conducted {
  const idle = { run: noRun, awaits: 0, busy: false, missed: false, nextAt: Infinity };
  return { id, org, first, since, ...idle, added: new Set() };
}

/** Puts a run aside for what was thrown at the message at `sequence`: the others go on. The first reason stands. */
function putAside(held: Conducted, sequence: number, error: unknown): void {
  held.run = { ...held.run, sequence };
  held.aside ??= { why: mistakeOf(error), ends: !(error instanceof NewerEntry) };
  held.nextAt = Infinity;
}

/** The run it is under. */
const parentOf = ({ run }: Conducted): string | undefined => factOf(run, 'requested')?.fact.request.parent?.run;

const isChild = (held: Conducted): boolean => parentOf(held) !== undefined;

/** When something of it is due; what became due since it was looked for last is due still. */
export const nextAt = (held: Conducted): number =>
  Math.min(...deadlines(held.run).map(({ at }) => at), ...unhanded(held).map(({ dueAt }) => dueAt));

/** Work it waits for that is not in the queue. */
export const unhanded = ({ run, added }: Conducted) => workOf(run).filter(({ id }) => !added.has(id));
