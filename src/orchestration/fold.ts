import { groupBy } from '../core/group.ts';
import { remembered } from '../core/remembered.ts';
import { keyOf, type Entry, type Fact, type FactOf } from './facts.ts';
import type { Held, Run } from './run.ts';

export const noRun: Run = { facts: new Map(), sequence: 0, at: 0 };

/** More than the facts of any entry. */
const entryFactsMax = 1_024;

/** A run with an entry of its subject. In whatever order entries are folded, and however often: the same run. */
export function fold(run: Run, { at, facts }: Pick<Entry, 'at' | 'facts'>, sequence: number): Run {
  const next = new Map(run.facts);
  for (const [number, fact] of facts.entries()) {
    const key = keyOf(fact);
    const place = sequence * entryFactsMax + number;
    if (place < (next.get(key)?.place ?? Infinity)) next.set(key, { fact, place, at });
  }
  return { facts: next, sequence: Math.max(run.sequence, sequence), at: Math.max(run.at, at) };
}

/** Where in RUNS a fact stands. */
export const sequenceOf = ({ place }: Held): number => Math.floor(place / entryFactsMax);

/** The fact of a kind, and of a key where there are several. */
export function factOf<Kind extends Fact['fact']>(run: Run, kind: Kind, ...rest: readonly (string | number)[]) {
  const held = run.facts.get([kind, ...rest].join(' '));
  return held && isKind(held, kind) ? held : undefined;
}

export function factsOf<Kind extends Fact['fact']>(run: Run, kind: Kind): readonly Held<FactOf<Kind>>[] {
  return (byKind(run).get(kind) ?? []).filter((held) => isKind(held, kind));
}

/** In the order of the log. A run never changes, and is asked many times between two of its facts. */
const byKind = remembered((run: Run) =>
  groupBy(
    [...run.facts.values()].toSorted((a, b) => a.place - b.place),
    ({ fact }) => fact.fact,
  ),
);

function isKind<Kind extends Fact['fact']>(held: Held, kind: Kind): held is Held<FactOf<Kind>> {
  return held.fact.fact === kind;
}
