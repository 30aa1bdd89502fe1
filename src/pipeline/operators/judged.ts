import type { OperatorFunction } from 'rxjs';
import type { Json } from '../../core/json.ts';
import { averageCase } from '../../scoring/learning/told.ts';
import type { Model } from '../../scoring/model.ts';
import type { Figure, Scorer } from '../../scoring/scorer.ts';
import type { ScoreDraft, State } from '../define.ts';
import { scored, type ScoredOptions } from './scored.ts';

/**
 * Runs a scorer that goes by what a model has learned: the version that judges in the organisation at the time of the input.
 * The score's reason for an average case says which one that is.
 */
export function judged<I, Seen, L extends Json, S extends Json>(
  state: State,
  model: Model<L>,
  scorerOf: (learned: L) => Scorer<Seen, S>,
  options: ScoredOptions<I, Seen>,
): OperatorFunction<I, ScoreDraft> {
  return scored(state, judgedBy(state, model, scorerOf), options);
}

/** The same as a scorer, for a reducer of one's own. Within an input alone. */
export function judgedBy<Seen, L extends Json, S extends Json>(
  state: State,
  model: Model<L>,
  scorerOf: (learned: L) => Scorer<Seen, S>,
): Scorer<Seen, S> {
  return {
    ...scorerOf(model.initial),
    score(seen, remembered) {
      const { version, state: learned } = state.judging(model);
      const { state: next, figure } = scorerOf(learned).score(seen, remembered);
      return { state: next, figure: figure && saying(figure, `${model.name} ${nameOf(version)}`) };
    },
  };
}

const nameOf = (version: number): string => (version === 0 ? 'as shipped' : `version ${version}`);

function saying(figure: Figure, judge: string): Figure {
  const contributions = figure.contributions.map((reason) =>
    reason.name === averageCase
      ? { ...reason, quote: reason.quote === null ? judge : `${judge}; ${reason.quote}` }
      : reason,
  );
  return { ...figure, contributions };
}
