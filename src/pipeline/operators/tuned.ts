import type { Json } from '../../core/json.ts';
import type { Scorer } from '../../scoring/scorer.ts';
import type { SettingShape, Settings, Tuned } from '../define-settings.ts';
import type { State } from '../define.ts';

/** For functions that judge by settings: they are given, first, those that hold for the entity of the input at hand. */
export function tunedBy<S extends SettingShape>(state: State, settings: Settings<S>) {
  return <A extends readonly unknown[], R>(judge: (tuned: Tuned<S>, ...args: A) => R) =>
    (...args: A): R =>
      judge(state.tuned(settings), ...args);
}

/** A scorer that goes by the settings that hold for the entity of the input at hand. Within an input alone. */
export function tunedScorer<Seen, S extends SettingShape, Remembered extends Json>(
  state: State,
  settings: Settings<S>,
  scorerOf: (tuned: Tuned<S>) => Scorer<Seen, Remembered>,
): Scorer<Seen, Remembered> {
  const scorers = new WeakMap<Tuned<S>, Scorer<Seen, Remembered>>();
  return {
    ...scorerOf(settings.defaults),
    score(seen, remembered) {
      const tuned = state.tuned(settings);
      const scorer = scorers.get(tuned) ?? scorerOf(tuned);
      scorers.set(tuned, scorer);
      return scorer.score(seen, remembered);
    },
  };
}
