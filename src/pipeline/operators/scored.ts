import type { OperatorFunction } from 'rxjs';
import type { Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { Scorer } from '../../scoring/scorer.ts';
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

/** Runs a scorer over the inputs, with its state kept per entity and subject; emits where it had something to say. */
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
      return { state: next, emit: figure ? [{ output: 'score', name, subject: subject(input), ...figure }] : [] };
    },
  });
}
