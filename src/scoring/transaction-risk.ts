import { textOf } from '../core/number-text.ts';
import type { Contribution } from '../core/score.ts';
import { probabilityOf } from './learning/probability.ts';
import { averageCase } from './learning/told.ts';
import { limited } from './limit.ts';
import type { Model } from './model.ts';
import type { Figure, Scorer } from './scorer.ts';
import type { Reporting, RiskExample } from './transaction/card.ts';
import { riskFeatureNames, type RiskFeatures } from './transaction/features.ts';
import { learned, riseOf, standardised, type OnlineLogistic } from './transaction/online-logistic.ts';

/** What a card's step made of a transaction or a report (`cardSeen`, `cardReported`). */
export interface RiskSeen {
  readonly eventId: string;
  /** Learned from before anything is said. */
  readonly examples: readonly RiskExample[];
  /** Of the transaction to judge; absent for a report. */
  readonly features?: RiskFeatures;
}

/**
 * How likely a transaction is fraud, learned from reports as they come: an additive logistic model over the card's and the
 * terminal's windows. It is one model for all cards of an organisation, and stands behind the steps that keep those.
 * This one learns by itself, for where all cards are one entity's; else `riskModel` does, and `createTransactionRisk` judges.
 */
export const transactionRisk: Scorer<RiskSeen, OnlineLogistic> = {
  name: 'transaction_risk',
  version: 1,
  range: '0 … 1; the probability of fraud, by what was reported so far',
  initial: null,
  score({ eventId, examples, features }, before) {
    const state = examples.reduce((model, { features, fraud }) => learned(model, features, fraud, baseLogit), before);
    return { state, figure: features && state ? figureOf(state, features, eventId, 1) : undefined };
  },
};

/**
 * In a company's payments: disputes come within weeks, most within two months. Those that nobody reported are many and much
 * alike, and each example is a record of the log, so one of ten is told. What waits is kept for every customer, so six do at most.
 */
export const reporting: Reporting = { withinMs: 60 * 86_400_000, awaitingMax: 6, silentOneIn: 10 };

/** What the frauds that were reported teach, and the payments that nobody reported. */
export const riskModel: Model<OnlineLogistic, RiskExample> = {
  name: 'transaction_risk',
  description: 'which payments turn out to be fraud, learned from disputes, warnings and refunds',
  version: 1,
  initial: null,
  learn: (model, { features, fraud }) => learned(model, features, fraud, baseLogit + Math.log(reporting.silentOneIn)),
  show: (model) => ({
    outcomes: { positive: model?.positives ?? 0, negative: (model?.examples ?? 0) - (model?.positives ?? 0) },
    calibration: [],
    weights: riskFeatureNames
      .map((name, at) => ({ name, weight: model?.weights[at] ?? 0, expected: 0, seen: model?.examples ?? 0 }))
      .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
    driftAlarms: 0,
  }),
};

export interface RiskAsked {
  readonly eventId: string;
  readonly features: RiskFeatures;
}

/** The same by what `riskModel` has learned; says nothing before a fraud was reported. */
export function createTransactionRisk(model: OnlineLogistic): Scorer<RiskAsked, null> {
  const { name, version, range } = transactionRisk;
  return {
    name,
    version,
    range,
    initial: null,
    score: ({ eventId, features }) => ({
      state: null,
      figure: model && model.positives > 0 ? figureOf(model, features, eventId, reporting.silentOneIn) : undefined,
    }),
  };
}

/** Log-odds of fraud before any report: one in a hundred. */
const baseLogit = Math.log(0.01 / 0.99);
/** What moves the probability by less is told as one. */
const toldFrom = 0.001;

/**
 * The probability as the sum of what the base says, and each feature's share of the way from there: log-odds add up, and
 * the chord from the base to the probability turns them into parts of it. Where of the silent ones one in so many was learned,
 * log-odds are too high by the logarithm of that (King & Zeng 2001).
 */
function figureOf(
  model: NonNullable<OnlineLogistic>,
  features: RiskFeatures,
  eventId: string,
  silentOneIn: number,
): Figure {
  const { weights, positives } = model;
  const base = model.base - Math.log(silentOneIn);
  const inputs = standardised(model, features);
  const rise = riseOf(model, inputs);
  const usual = probabilityOf(base);
  const value = probabilityOf(base + rise);
  const chord = Math.abs(rise) > 1e-9 ? (value - usual) / rise : 0;
  const contributions: Contribution[] = [{ name: averageCase, weight: 1, value: usual, eventId, quote: null }];
  let rest = value - usual;
  for (let at = 0; at < inputs.length; at += 1) {
    const input = inputs[at] ?? 0;
    const weight = (weights[at] ?? 0) * chord;
    if (Math.abs(weight * input) < toldFrom) continue;
    rest -= weight * input;
    const name = riskFeatureNames[at] ?? `feature ${at}`;
    contributions.push({ name, weight, value: input, eventId, quote: textOf(features[at] ?? 0) });
  }
  contributions.push({ name: 'all else', weight: 1, value: rest, eventId, quote: null });
  const told = limited(contributions, 0, 1, eventId);
  return { value: told.value, confidence: 1 - Math.exp(-positives / 50), contributions: told.contributions };
}
