import type { Json } from '../../core/json.ts';
import type { Automaton, Span, Way } from './compile.ts';
import { slotted, type Fit } from './slots.ts';

/** An event of a match. */
export type Taken<N extends string, K extends Json> = {
  readonly name: N;
  readonly eventId: string;
  /** Event time, ms. */
  readonly at: number;
  /** What was to be remembered of the input. */
  readonly kept: K | null;
};

/** A partial match: the way it goes, the stage it stands at, how that stage's events fit its slots, and the events so far. */
export type Run<N extends string, K extends Json> = {
  readonly way: number;
  readonly stage: number;
  readonly fits: readonly Fit<N>[];
  readonly taken: readonly Taken<N, K>[];
};

export interface Ended<N extends string, K extends Json> {
  readonly taken: readonly Taken<N, K>[];
  /** When it was whole: the time of its last event, or when an absence was certain; ms. */
  readonly end: number;
  /** It was whole by the passing of time. */
  readonly byTime: boolean;
}

export interface Moved<N extends string, K extends Json> {
  /** Oldest first. */
  readonly runs: readonly Run<N, K>[];
  readonly ended: readonly Ended<N, K>[];
}

/** An input, with the names whose conditions it meets. */
export interface SeenInput<N extends string, K extends Json> extends Omit<Taken<N, K>, 'name'> {
  readonly names: ReadonlySet<N>;
}

/**
 * Shows an input to all partial matches, and lets it begin new ones. Inputs come in the order of event time, and
 * `pass` was called for theirs.
 */
export function take<N extends string, K extends Json>(
  automaton: Automaton<N>,
  runs: readonly Run<N, K>[],
  seen: SeenInput<N, K>,
): Moved<N, K> {
  const fresh = automaton.ways.map((_, way): Run<N, K> => ({ way, stage: 0, fits: [], taken: [] }));
  return moved([...runs, ...fresh], (way, run) => shown(way, run, seen), automaton);
}

/** Lets time pass up to a moment: what waited for an absence goes on, what took too long is gone. */
export function pass<N extends string, K extends Json>(
  automaton: Automaton<N>,
  runs: readonly Run<N, K>[],
  time: number,
): Moved<N, K> {
  return moved(runs, (way, run) => passed(way, run, time), automaton);
}

/** The first moment at which `pass` has something to do; undefined where nothing waits. */
export function wakeAtOf<N extends string, K extends Json>(
  automaton: Automaton<N>,
  runs: readonly Run<N, K>[],
): number | undefined {
  const deadlines = runs.map((run) => deadlineOf(automaton.ways[run.way], run));
  return deadlines.length === 0 ? undefined : Math.min(...deadlines) + 1;
}

type Fate<N extends string, K extends Json> = Run<N, K> | Ended<N, K> | undefined;

function moved<N extends string, K extends Json>(
  runs: readonly Run<N, K>[],
  fateOf: (way: Way<N>, run: Run<N, K>) => Fate<N, K>,
  { ways }: Automaton<N>,
): Moved<N, K> {
  const left: Run<N, K>[] = [];
  const ended: Ended<N, K>[] = [];
  for (const run of runs) {
    const way = ways[run.way];
    const fate = way && fateOf(way, run);
    if (!fate) continue;
    if ('end' in fate) ended.push(fate);
    else if (fate.taken.length > 0) left.push(fate);
  }
  return { runs: left, ended: ended.toSorted((a, b) => a.end - b.end) };
}

function shown<N extends string, K extends Json>(way: Way<N>, run: Run<N, K>, seen: SeenInput<N, K>): Fate<N, K> {
  const stage = way.stages[run.stage];
  if (!stage) return undefined;
  // What must not come must not come before the next event: a stage that is begun has had it.
  if (run.fits.length === 0 && stage.unless.some((name) => seen.names.has(name))) return undefined;
  if (stage.kind === 'wait') return run;
  const { slots } = stage;
  const fits = [...run.fits, slots.map(({ names }) => names.find((name) => seen.names.has(name)) ?? null)];
  const names = slotted(fits, slots);
  if (!names) return run;
  const before = run.taken.length - run.fits.length;
  // With one event more, another may be taken for something else.
  const ofStage = [...run.taken.slice(before), seen].flatMap(({ eventId, at, kept }, index) => {
    const name = names[index];
    return name === undefined ? [] : [{ name, eventId, at, kept }];
  });
  const next = { ...run, fits, taken: [...run.taken.slice(0, before), ...ofStage] };
  const room = slots.reduce((sum, { times }) => sum + times, 0);
  return fits.length === room ? advanced(way, next, seen.at, false) : next;
}

function passed<N extends string, K extends Json>(way: Way<N>, run: Run<N, K>, time: number): Fate<N, K> {
  const deadline = deadlineOf(way, run);
  if (time <= deadline) return run;
  const span = way.stages[run.stage]?.kind === 'wait' ? way.spans.find(({ to }) => to === run.stage) : undefined;
  if (!span || endOf(span, run) !== deadline) return undefined;
  const next = advanced(way, run, deadline, true);
  return 'end' in next ? next : passed(way, next, time);
}

function advanced<N extends string, K extends Json>(
  { stages }: Way<N>,
  run: Run<N, K>,
  time: number,
  byTime: boolean,
): Run<N, K> | Ended<N, K> {
  return run.stage + 1 < stages.length
    ? { ...run, stage: run.stage + 1, fits: [] }
    : { taken: run.taken, end: time, byTime };
}

/** The last moment at which the stage it stands at may be done, by the spans over it that have begun. */
function deadlineOf<N extends string, K extends Json>(way: Way<N> | undefined, run: Run<N, K>): number {
  const over = (way?.spans ?? []).filter(({ from, to }) => from <= run.stage && run.stage <= to);
  return Math.min(...over.map((span) => endOf(span, run)));
}

const endOf = <N extends string, K extends Json>({ first, ms }: Span, { taken }: Run<N, K>): number =>
  (taken[first]?.at ?? Infinity) + ms;
