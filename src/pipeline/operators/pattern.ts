import { durationMs, type Duration } from '../../core/duration.ts';
import type { Pattern, Ratio, Within } from '../steps/pattern.ts';

/** A pattern on its way: plain data in `pattern`, and the words to go on with. */
export interface Chain<N extends string> {
  readonly pattern: Pattern<N>;
  followedBy<M extends string>(next: Part<M>): Chain<N | M>;
  /** None of these from here on, until the next part begins; or, with `within` behind, until its time is up. */
  notFollowedBy<M extends string>(...names: readonly M[]): Chain<N | M>;
  /** So many of it, one after another: 1 … 100. */
  times(times: number): Chain<N>;
  /** From its first event to its last at most this long, both ends included. */
  within(duration: Duration): Timed<N>;
}

/** A pattern with an end to its waiting: the only kind that can be watched for. */
export interface Timed<N extends string> extends Chain<N> {
  readonly pattern: Within<N>;
}

/** The name of an event, or a pattern made of some. */
export type Part<N extends string> = N | Chain<N>;

export const one = <N extends string>(name: N): Chain<N> => chain({ kind: 'one', name });

/** One part after another, with anything between that no part was waiting for. */
export const seq = <N extends string>(...parts: readonly Part<N>[]): Chain<N> =>
  chain({ kind: 'seq', parts: parts.map(patternOf) });

/** One of the parts. Of single events whichever comes first; what has an order of its own is waited for on its own. */
export const any = <N extends string>(...parts: readonly Part<N>[]): Chain<N> =>
  chain({ kind: 'any', parts: parts.map(patternOf) });

/** Every part, in whatever order. Parts are single events, `any` of them, or `times` of them. */
export const all = <N extends string>(...parts: readonly Part<N>[]): Chain<N> =>
  chain({ kind: 'all', parts: parts.map(patternOf) });

/** None of these between the part before and the event after; as the last part, none until the time of `within` is up. */
export const not = <N extends string>(...names: readonly N[]): Chain<N> => chain({ kind: 'not', names });

export interface RatioOptions {
  /** 0 … 1: told from this share on. */
  readonly atLeast: number;
  /** And only when so many were seen, at least. */
  readonly least: number;
}

/** A share: `of` among `of` and `among` together. `ratio('failed', 'paid', { atLeast: 0.2, least: 10 }).within('1h')` */
export const ratio = <N extends string>(of: N, among: N, options: RatioOptions) => ({
  within: (duration: Duration): Share<N> => ({
    pattern: { kind: 'ratio', of, among, ...options, ms: Math.floor(durationMs(duration)) },
  }),
});

export interface Share<N extends string> {
  readonly pattern: Ratio<N>;
}

function chain<N extends string, P extends Pattern<N>>(pattern: P): Chain<N> & { readonly pattern: P } {
  return {
    pattern,
    followedBy: <M extends string>(next: Part<M>) =>
      chain<N | M, Pattern<N | M>>({ kind: 'seq', parts: [pattern, patternOf(next)] }),
    notFollowedBy: <M extends string>(...names: readonly M[]) =>
      chain<N | M, Pattern<N | M>>({ kind: 'seq', parts: [pattern, { kind: 'not', names }] }),
    times: (times) => chain<N, Pattern<N>>({ kind: 'times', times, part: pattern }),
    within: (duration) => chain<N, Within<N>>({ kind: 'within', ms: Math.floor(durationMs(duration)), part: pattern }),
  };
}

const patternOf = <N extends string>(part: Part<N>): Pattern<N> =>
  typeof part === 'string' ? { kind: 'one', name: part } : part.pattern;
