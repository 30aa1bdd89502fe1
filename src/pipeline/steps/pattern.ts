import { idOf } from '../../core/ids.ts';

/**
 * A pattern over named events, as plain data: what the builders in `operators/pattern.ts` make and `compile` reads.
 * The names stand for conditions on inputs, which are given beside it.
 */
export type Pattern<N extends string> =
  | { readonly kind: 'one'; readonly name: N }
  /** None of these, from the event before to the next event of the match; at the end of a `within`, until its time is up. */
  | { readonly kind: 'not'; readonly names: readonly N[] }
  /** One part after another. */
  | { readonly kind: 'seq'; readonly parts: readonly Pattern<N>[] }
  /** One of the parts. */
  | { readonly kind: 'any'; readonly parts: readonly Pattern<N>[] }
  /** Every part, in whatever order. */
  | { readonly kind: 'all'; readonly parts: readonly Pattern<N>[] }
  | { readonly kind: 'times'; readonly times: number; readonly part: Pattern<N> }
  | Within<N>;

/** From the first event of the part to its last at most this long: whole milliseconds, both ends included. */
export interface Within<N extends string> {
  readonly kind: 'within';
  readonly ms: number;
  readonly part: Pattern<N>;
}

/** A share of events: `of` among `of` and `among` together, in a sliding window (now − ms, now]. */
export interface Ratio<N extends string> {
  readonly kind: 'ratio';
  readonly of: N;
  readonly among: N;
  /** 0 … 1: told from this share on. */
  readonly atLeast: number;
  /** And only when so many were seen: one of one is no share. */
  readonly least: number;
  readonly ms: number;
}

/** Tells patterns apart: what is remembered of one is nothing to another. */
export const shapeOf = (pattern: object): string => idOf(JSON.stringify(pattern)).slice(0, 8);
