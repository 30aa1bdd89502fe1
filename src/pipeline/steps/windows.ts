import type { Json } from '../../core/json.ts';
import type { Moment } from '../define.ts';

/** What a window sums up, a key's inputs in the order of event time. */
export interface Folding<I, S extends Json> {
  readonly initial: S;
  /** Bounded whatever comes: a sum, a maximum, a list with an end. */
  add(sum: S, input: I): S;
  key?(input: I): string;
}

/** A window that has closed; times are event time, ms. `cause` names it for drafts made of it. */
export interface ClosedWindow<S> {
  /** Included. */
  readonly start: number;
  /** Not included, unless an input closed it: then the time of that input. */
  readonly end: number;
  readonly sum: S;
  readonly count: number;
  /** What closed it: its time was up, nothing came for long, as many came as it holds, or an input ended it. */
  readonly why: 'time' | 'gap' | 'full' | 'ended';
  /** 0, or the how manieth correction this is of what was told: a late input was added. */
  readonly correction: number;
  readonly key: string;
  readonly cause: string;
}

/** A window that is open: inputs from `start` to `last` so far. */
export type OpenWindow<S extends Json> = {
  readonly start: number;
  readonly last: number;
  readonly sum: S;
  readonly count: number;
  /** Closed then, whatever comes. */
  readonly until: number;
};

export function opened<I, S extends Json>(
  { initial, add }: Folding<I, S>,
  input: I,
  time: number,
  until: number,
): OpenWindow<S> {
  return { start: time, last: time, sum: add(initial, input), count: 1, until };
}

/** The window with an input more. One that comes late may begin it earlier; it does not move its end. */
export function grown<I, S extends Json>(
  window: OpenWindow<S>,
  { add }: Folding<I, S>,
  input: I,
  time: number,
): OpenWindow<S> {
  return {
    ...window,
    start: Math.min(window.start, time),
    last: Math.max(window.last, time),
    sum: add(window.sum, input),
    count: window.count + 1,
  };
}

export function closed<S extends Json>(
  { start, sum, count }: OpenWindow<S>,
  end: number,
  why: ClosedWindow<S>['why'],
  { key }: Pick<Moment, 'key'>,
): ClosedWindow<S> {
  return { start, end, sum, count, why, correction: 0, key, cause: `[${start},${end})/${key}` };
}
