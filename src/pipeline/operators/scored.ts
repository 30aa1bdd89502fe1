import type { OperatorFunction } from 'rxjs';
import type { Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import { effectOf, sumOf } from '../../core/score.ts';
import type { Figure, Scorer } from '../../scoring/scorer.ts';
import type { ScoreDraft, State } from '../define.ts';

export interface ScoredOptions<I, Seen> {
  /** What the scorer is shown; undefined passes the input by. */
  seen(input: I): Seen | undefined;
  /** What of the entity the score is about, which is also the key its state is kept under. */
  subject?(input: I): string | null;
  /** Default: the scorer's name. */
  readonly name?: string;
  /** How long the scorer's state outlives its last input. Default 90 d. */
  readonly ttl?: Duration;
}

/**
 * Runs a scorer over the inputs, with its state kept per entity and subject; emits where it had something to say. The value it
 * emits is the sum of the reasons (`sumOf`): the scorer's own may differ from it in the last digits. Where it differs by more, the
 * reasons are not the reasons: a RangeError, and the input is dead for the pipeline.
 */
export function scored<I, Seen, S extends Json>(
  state: State,
  scorer: Scorer<Seen, S>,
  options: ScoredOptions<I, Seen>,
): OperatorFunction<I, ScoreDraft> {
  const { subject = () => null, name = scorer.name, ttl = '90d' } = options;
  return state.keyed<I, S, ScoreDraft>(`scored:${name}`, {
    initial: scorer.initial,
    ttl,
    key: (input) => subject(input) ?? '',
    on(remembered, input) {
      const seen = options.seen(input);
      if (seen === undefined) return { state: remembered, emit: [] };
      const { state: next, figure } = scorer.score(seen, remembered);
      if (!figure) return { state: next, emit: [] };
      return { state: next, emit: [scoreOf(name, subject(input), figure)] };
    },
  });
}

/** In parts of all that reasons add and take away, and at least of 1: what rounding may leave, with room. */
const roundingMax = 1e-9;

/** A figure as a score: for reducers of one's own; `scored` makes its own so. Throws as that does. */
export function scoreOf(name: string, subject: string | null, figure: Figure): ScoreDraft {
  const { confidence, contributions } = figure;
  return { output: 'score', name, subject, value: explained(name, figure), confidence, contributions };
}

function explained(scorer: string, { value, contributions }: Figure): number {
  const sum = sumOf(contributions);
  if (sum === value && Number.isFinite(sum)) return sum;
  const moved = contributions.reduce((all, contribution) => all + Math.abs(effectOf(contribution)), 1);
  if (Math.abs(sum - value) <= roundingMax * moved) return sum;
  throw new RangeError(`the reasons of "${scorer}" add up to ${sum}, not to its value ${value}`);
}
