import * as learning from './learning/learner.ts';
import { learnerOf, type Learner } from './learning/learner.ts';
import type { Expectation, Features, Prediction, Settings } from './learning/logistic.ts';
import { nothingRecent, recentAfter, withRecent, type Recent } from './learning/recent.ts';

/**
 * How likely a case goes well (a deal is won, a call sells), learned from an organisation's own outcomes as they come.
 * Beside what is known of the case it looks at how cases went lately: markets turn faster than weights can follow.
 * Plain JSON, never changed in place, bounded by the columns of its model.
 */
export type Propensity = {
  readonly format: 1;
  readonly baseRate: number;
  readonly learner: Learner;
  readonly recent: Recent;
};

/** Faster than a learner's default: what sold last quarter says less of the next than what kept customers does. */
const rate = 0.1;

export function propensityOf(expected: Expectation, settings: Partial<Settings> = {}): Propensity {
  return {
    format: 1,
    baseRate: expected.baseRate,
    learner: learnerOf(expected, { rate, ...settings }),
    recent: nothingRecent,
  };
}

export function predict(propensity: Propensity, features: Features): Prediction {
  return learning.predict(propensity.learner, withRecent(propensity.recent, features, propensity.baseRate));
}

/** What is known once a case is closed. */
export function learn(propensity: Propensity, features: Features, won: boolean, weight = 1): Propensity {
  return {
    ...propensity,
    learner: learning.learn(
      propensity.learner,
      withRecent(propensity.recent, features, propensity.baseRate),
      won,
      weight,
    ),
    recent: recentAfter(propensity.recent, won),
  };
}
