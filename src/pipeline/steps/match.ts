import { idOf } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import type { Ended, Taken } from './automaton.ts';

/** How inputs become events of a pattern, and how many of its partial matches are held. */
export interface Watching<I, N extends string, K extends Json> {
  /** What the pattern's names stand for. */
  readonly events: { readonly [name in N]: (input: I) => boolean };
  /** What to remember of an event, for when the match is told. Small: every partial match holds it. */
  keep?(input: I): K;
  key?(input: I): string;
  /**
   * Whether matches may share events. False, the default: a match uses up all that came between its first event and its
   * last, and of several that end at once the one that began first is told. True: every event that can begin a match
   * begins one.
   */
  readonly overlapping?: boolean;
  /**
   * Partial matches of a key at most; beyond, the one that began first is given up and counted. Of a ratio: events in the
   * window; beyond, the oldest drop out of it. Default 100.
   */
  readonly atMost?: number;
}

/** A pattern that was found. */
export interface Match<N extends string, K extends Json> {
  /** A hash of the ids of its events, and of its end where time made it whole: the `cause` of drafts made of it. */
  readonly id: string;
  /** In the order they came. Of a ratio: all that are in the window. */
  readonly events: readonly Taken<N, K>[];
  readonly eventIds: readonly string[];
  /** Event time of the first event, and of the last or of when an absence was certain; ms. */
  readonly start: number;
  readonly end: number;
  /** How many partial matches were given up for a bound since the key was last without any. */
  readonly givenUp: number;
  readonly key: string;
}

export const atMostByDefault = 100;

/**
 * About how many bytes of JSON the events of a key may take that are held for it, in all partial matches together. Beyond,
 * those are given up that began last, for the first is nearest to its end; of a ratio the oldest events drop out.
 */
export const heldBytesMax = 64 * 1024;

/** About how many bytes an event of a match takes: its name and time, its id, what was kept. */
export const bytesOf = ({ eventId, kept }: Taken<string, Json>): number =>
  80 + eventId.length + (kept === null ? 0 : JSON.stringify(kept).length);

export function matchOf<N extends string, K extends Json>(
  { taken, end, byTime }: Ended<N, K>,
  givenUp: number,
  key: string,
): Match<N, K> {
  const eventIds = taken.map(({ eventId }) => eventId);
  const id = idOf(...eventIds, ...(byTime ? [`@${end}`] : []));
  return { id, events: taken, eventIds, start: taken[0]?.at ?? end, end, givenUp, key };
}

/** The names whose conditions an input meets. */
export function namesFor<I, N extends string>(
  names: readonly N[],
  events: Watching<I, N, Json>['events'],
  input: I,
): ReadonlySet<N> {
  return new Set(names.filter((name) => events[name](input)));
}
