import { durationMs, type Duration } from '../../core/duration.ts';
import { added, type Decayed } from '../../scoring/decayed.ts';
import type { KeyedReducer } from '../define.ts';

export interface DecayedOptions<I> {
  /** What is added counts half after so long. */
  readonly halfLife: Duration;
  /** How much an input adds; undefined (or no finite number) passes it by. Default 1. */
  amount?(input: I): number | undefined;
  /** What starts the counter anew. Judged before `amount`. */
  resets?(input: I): boolean;
  key?(input: I): string;
}

export interface DecayedCount<I> {
  readonly input: I;
  /** Of this moment: Σ amount · 2^(−age / half-life). */
  readonly value: number;
  /** Event time it is of, ms: the input's, or that of a newer one where the input came late. */
  readonly at: number;
}

/** After so many half-lives a counter is forgotten: less than a billionth is left of it. */
const forgottenAfter = 30;

/**
 * A counter that forgets, told with each input. Inputs may come in any order: one that is late has lost already what it
 * would have lost by now. Two numbers a key.
 */
export function decayedCount<I>(options: DecayedOptions<I>): KeyedReducer<I, Decayed | null, DecayedCount<I>> {
  const { amount = () => 1, resets, key = () => '' } = options;
  const halfLifeMs = durationMs(options.halfLife);
  if (halfLifeMs <= 0) throw new RangeError(`${options.halfLife} is no half-life`);
  const keepMs = forgottenAfter * halfLifeMs;
  return {
    initial: null,
    ttl: `${keepMs + 86_400_000}ms`,
    key,
    on(counter, input, { time }) {
      // A late reset is of a time before the newest input: what came after it still counts, and cannot be told apart.
      if (resets?.(input) && time >= (counter?.at ?? time)) return { state: undefined, emit: [] };
      const more = amount(input) ?? Number.NaN;
      if (!Number.isFinite(more)) {
        return counter ? { state: counter, emit: [], wakeAt: counter.at + keepMs } : { state: undefined, emit: [] };
      }
      const next = added(counter, time, more, halfLifeMs);
      return { state: next, emit: [{ input, value: next.sum, at: next.at }], wakeAt: next.at + keepMs };
    },
    wake: () => ({ state: undefined, emit: [] }),
  };
}
