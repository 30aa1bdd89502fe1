import type { Contribution } from '../core/score.ts';

/**
 * P A scorer: a pure function from what was seen and what is remembered to a figure and why.
 *
 * No clock, no random number. `State` is plain JSON, never changed in place, bounded in size. The contributions'
 * `weight × value` add up to `value` (test/scoring holds every scorer to it), each quoting what it saw; what rounding leaves of a
 * difference the runtime takes off the value.
 */
export interface Scorer<Seen, State> {
  readonly name: string;
  /** Raised when the same input may score differently; scores carry it. */
  readonly version: number;
  /** What the value means and its range, for people: `−1 … 1, negative to positive`. */
  readonly range: string;
  readonly initial: State;
  score(seen: Seen, state: State): Scored<State>;
}

export interface Scored<State> {
  readonly state: State;
  /** Undefined where nothing can be said (no text, too little seen). */
  readonly figure: Figure | undefined;
}

export interface Figure {
  readonly value: number;
  /** 0 … 1: the mass of evidence behind the value. */
  readonly confidence: number;
  readonly contributions: readonly Contribution[];
}
