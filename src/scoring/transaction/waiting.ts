import type { RiskFacts } from './features.ts';

/**
 * A card's transactions of which it is not known yet whether they were fraud, in columns, the earliest first: their ids, hashed;
 * event times, whole seconds; and what was known of them. 12 bytes of JSON each, and 50 to 90 for the facts.
 */
export type Waiting = readonly [ids: readonly number[], seconds: readonly number[], facts: readonly RiskFacts[]];

/** One of them. */
export interface WaitingTransaction {
  readonly id: number;
  readonly second: number;
  readonly facts: RiskFacts;
}

export interface Released {
  readonly waiting: Waiting;
  /** For the caller to learn from. */
  readonly released: readonly WaitingTransaction[];
}

export const noneWaiting: Waiting = [[], [], []];

/**
 * One more waits: one with the same id makes way for it, those before it that nobody reported until `silentUntil` are released, and the
 * earliest beyond `most` are let go.
 */
export function waitingAfter(before: Waiting, seen: WaitingTransaction, silentUntil: number, most: number): Released {
  const waiting = before[0].includes(seen.id) ? without(before, before[0].indexOf(seen.id)) : before;
  const [ids, seconds, facts] = waiting;
  let due = 0;
  while (due < seconds.length && (seconds[due] ?? 0) <= silentUntil) due += 1;
  const released = due === 0 ? none : rowsOf(waiting, due);
  const drop = Math.max(due, seconds.length + 1 - most);
  const inOrder = seen.second >= (seconds.at(-1) ?? -Infinity);
  if (inOrder) {
    const next = [
      follow(ids, drop, seen.id),
      follow(seconds, drop, seen.second),
      follow(facts, drop, seen.facts),
    ] as const;
    return { waiting: next, released };
  }
  const place = seconds.findLastIndex((second) => second <= seen.second) + 1;
  const next = [
    ids.toSpliced(place, 0, seen.id),
    seconds.toSpliced(place, 0, seen.second),
    facts.toSpliced(place, 0, seen.facts),
  ] as const;
  return { waiting: [next[0].slice(drop), next[1].slice(drop), next[2].slice(drop)], released };
}

const none: readonly WaitingTransaction[] = [];

/** Somebody said what it was: it waits no longer. A second report finds nothing. */
export function reported(waiting: Waiting, id: number): Released {
  const at = waiting[0].indexOf(id);
  return at === -1
    ? { waiting, released: none }
    : { waiting: without(waiting, at), released: rowsOf(waiting, at + 1).slice(at) };
}

const rowsOf = ([ids, seconds, facts]: Waiting, until: number): readonly WaitingTransaction[] =>
  facts.slice(0, until).map((facts, at) => ({ id: ids[at] ?? 0, second: seconds[at] ?? 0, facts }));

const without = ([ids, seconds, facts]: Waiting, at: number): Waiting => [
  ids.toSpliced(at, 1),
  seconds.toSpliced(at, 1),
  facts.toSpliced(at, 1),
];

/**
 * The column without its first `drop` and with one more behind, in no more room than it takes. By calls that keep numbers unboxed: a loop that
 * is run over columns of numbers and of lists makes all of them lists of pointers.
 */
const follow = <T>(column: readonly T[], drop: number, value: T): readonly T[] =>
  (drop > 0 ? column.slice(drop) : column).toSpliced(column.length, 0, value);
