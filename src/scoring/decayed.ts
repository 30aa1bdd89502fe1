import { shortened } from './shortened.ts';

/**
 * A counter that forgets: what was added counts half after each half-life, `c ← c·2^(−Δt/half-life) + x`. Additions may
 * come in any order. The unit of `at` is the caller's, and the half-life's too: ms of event time, or rows.
 */
export type Decayed = { readonly sum: number; readonly at: number };

/** The counter with `amount` added as of `at`. What comes late has lost already what it would have lost by now. */
export function added(counter: Decayed | null, at: number, amount: number, halfLife: number): Decayed {
  if (!counter) return { sum: amount, at };
  if (at < counter.at) return { sum: counter.sum + amount * left(counter.at - at, halfLife), at: counter.at };
  return { sum: counter.sum * left(at - counter.at, halfLife) + amount, at };
}

/** What is left of it at a later time. */
export function sumAt(counter: Decayed | null, at: number, halfLife: number): number {
  return counter ? counter.sum * left(at - counter.at, halfLife) : 0;
}

/** How often something happens: what a counter of a short half-life holds at the last, and one of a long; and when the first came. */
export type Pace = readonly [short: number, long: number, at: number, since: number];

export interface HalfLives {
  readonly short: number;
  readonly long: number;
}

export function paceAfter(pace: Pace | null, at: number, amount: number, { short, long }: HalfLives): Pace {
  if (!pace) return [amount, amount, at, at];
  const [shortly, longer, last, since] = pace;
  const after = (sum: number, halfLife: number) => shortened(added({ sum, at: last }, at, amount, halfLife).sum);
  return [after(shortly, short), after(longer, long), Math.max(at, last), Math.min(at, since)];
}

/** Amount a unit of time, by the long half-life. */
export function levelOf([, sum, last, since]: Pace, at: number, { long }: HalfLives): number {
  return rateOf({ sum, at: last }, since, at, long);
}

/** How much more a unit of time lately than for long: below nought it fades. */
export function slopeOf(pace: Pace, at: number, halfLives: HalfLives): number {
  const [sum, , last, since] = pace;
  return rateOf({ sum, at: last }, since, at, halfLives.short) - levelOf(pace, at, halfLives);
}

/** Time since the last. */
export const idleOf = ([, , last]: Pace, at: number): number => Math.max(0, at - last);

/**
 * A steady amount a unit of time brings a counter to amount × half-life / ln 2. While it is younger than that it is
 * measured by what it would hold by now, and never by less than half a half-life: one event is no pace.
 */
function rateOf(counter: Decayed, since: number, at: number, halfLife: number): number {
  const age = Math.max(at - since, halfLife / 2);
  return ((sumAt(counter, at, halfLife) / halfLife) * Math.LN2) / (1 - left(age, halfLife));
}

const left = (elapsed: number, halfLife: number): number => 2 ** (-Math.max(elapsed, 0) / halfLife);
