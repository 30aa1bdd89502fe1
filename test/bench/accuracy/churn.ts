import { churnExpected } from '../../../src/scoring/churn-expected.ts';
import { asFeatures, customerAfter, featuresOf, noCustomer } from '../../../src/scoring/customer.ts';
import { learn, learnerOf, predict, type Learner } from '../../../src/scoring/learning/learner.ts';
import type { Features } from '../../../src/scoring/learning/logistic.ts';
import type { DataSets, Folder } from './data.ts';
import { timed, type MeasureAccuracy } from './measure.ts';
import { auc, brier, ece, type Judged } from './metrics.ts';
import type { AccuracyRow } from './row.ts';
import { telcoCustomers, telcoFile } from './telco.ts';

/**
 * Churn risk, learned in one pass. On dev by five folds, each judged by a learner that saw the others; on held-out by
 * one that saw dev.
 */
export const measureChurn: MeasureAccuracy = (sets, progress) => {
  if (!sets.dev.has(telcoFile)) return [{ score: 'churn_risk', on: 'telco-churn', absent: telcoFile }];
  progress('churn risk on telco-churn');
  const known = customersIn(sets.dev);
  const { result: dev, microseconds } = timed(known.length * folds, () => judgedByFolds(known));
  const heldOut = judgedHeldOut(known, sets);
  return figures.map(({ name, of, ...bars }): AccuracyRow => {
    return {
      score: 'churn_risk',
      on: `telco-churn, ${name}`,
      dev: of(dev),
      ...(heldOut && { heldOut: of(heldOut) }),
      ...bars,
      microseconds,
      note: 'one pass; dev: five folds; held-out: learned from dev',
    };
  });
};

const folds = 5;

const figures = [
  {
    name: 'AUC',
    of: auc,
    floor: 0.835,
    goal: 0.847,
    better: 'higher',
    anchors: 'logistic regression 0.844, gradient boosting 0.846, one-pass SGD 0.833, hand-weighted rule 0.842',
  },
  {
    name: 'Brier',
    of: brier,
    floor: 0.142,
    goal: 0.137,
    better: 'lower',
    anchors: 'logistic regression 0.1375, gradient boosting 0.137',
  },
  {
    name: 'ECE',
    of: (judged: readonly Judged[]) => ece(judged),
    floor: 0.04,
    goal: 0.02,
    better: 'lower',
    anchors: 'a perfect model has some 0.018 by chance on 4 156 rows',
  },
] as const;

/** What a model is shown of a customer, once each of its facts was told, and whether it left. */
interface Known {
  readonly features: Features;
  readonly left: boolean;
}

const customersIn = (folder: Folder): readonly Known[] =>
  telcoCustomers(folder.text(telcoFile)).map(({ facts, left }) => ({
    features: asFeatures(featuresOf(facts.reduce(customerAfter, noCustomer))),
    left,
  }));

function judgedByFolds(customers: readonly Known[]): readonly Judged[] {
  return Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
    const learner = taughtBy(customers.filter((_, index) => index % folds !== fold));
    return customers.filter((_, index) => index % folds === fold).map((customer) => judgedBy(learner, customer));
  });
}

function judgedHeldOut(known: readonly Known[], { heldOut }: DataSets): readonly Judged[] | undefined {
  if (!heldOut?.has(telcoFile)) return undefined;
  const learner = taughtBy(known);
  return customersIn(heldOut).map((customer) => judgedBy(learner, customer));
}

const taughtBy = (customers: readonly Known[]): Learner =>
  customers.reduce((learner, { features, left }) => learn(learner, features, left), learnerOf(churnExpected));

const judgedBy = (learner: Learner, { features, left }: Known): Judged => ({
  score: predict(learner, features).probability,
  positive: left,
});
