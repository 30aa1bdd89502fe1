import { calibrated, calibratedBy, uncalibrated, type Calibration } from './calibration.ts';
import { logLoss, noDrift, watched, type Drift } from './drift.ts';
import * as logistic from './logistic.ts';
import type { Expectation, Features, Logistic, Prediction, Settings } from './logistic.ts';
import { probabilityOf } from './probability.ts';

/**
 * A logistic model with what watches over it: its calibration, and the alarm that lets it learn faster when the world
 * has changed. Plain JSON, never changed in place, bounded as the model is.
 */
export type Learner = {
  readonly format: 1;
  readonly model: Logistic;
  readonly calibration: Calibration;
  readonly drift: Drift;
  /** How many of each outcome it has learned from. */
  readonly outcomes: { readonly positive: number; readonly negative: number };
};

export function learnerOf(expected: Expectation, settings: Partial<Settings> = {}): Learner {
  return {
    format: 1,
    model: logistic.logisticOf(expected, settings),
    calibration: uncalibrated,
    drift: noDrift,
    outcomes: { positive: 0, negative: 0 },
  };
}

/** What is to be expected of a case, calibrated, and why: still an exact sum. */
export function predict({ model, calibration }: Learner, features: Features): Prediction {
  const { base, logit, contributions } = logistic.predict(model, features);
  const { slope } = calibration.line;
  const sure = calibrated(calibration, logit);
  return {
    probability: probabilityOf(sure),
    logit: sure,
    base: calibrated(calibration, base),
    contributions: contributions.map(({ field, name, weight, value }) => ({
      field,
      name,
      weight: slope * weight,
      value,
    })),
  };
}

/** The probability alone, for where nobody asks why: the same but for the last digits. */
export const probabilityIn = ({ model, calibration }: Learner, features: Features): number =>
  probabilityOf(calibrated(calibration, logistic.logitIn(model, features)));

/** The learner after the label of a case is known. */
export function learn(learner: Learner, features: Features, label: boolean, weight = 1): Learner {
  const logit = logistic.logitIn(learner.model, features);
  const sure = probabilityOf(calibrated(learner.calibration, logit));
  const { drift, alarm } = watched(learner.drift, logLoss(sure, label));
  const taught = logistic.learn(learner.model, features, label, weight);
  const { positive, negative } = learner.outcomes;
  return {
    format: 1,
    model: alarm ? logistic.quickened(taught) : taught,
    calibration: calibratedBy(learner.calibration, logit, label, weight),
    drift,
    outcomes: label ? { positive: positive + weight, negative } : { positive, negative: negative + weight },
  };
}
