import type { Contribution } from '../core/score.ts';
import { probabilityOf } from './learning/probability.ts';
import type { Scorer } from './scorer.ts';
import type { RiskExample } from './transaction/card.ts';
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
 */
export const transactionRisk: Scorer<RiskSeen, OnlineLogistic> = {
  name: 'transaction_risk',
  version: 1,
  range: '0 … 1; the probability of fraud, by what was reported so far',
  initial: null,
  score({ eventId, examples, features }, before) {
    const state = examples.reduce((model, { features, fraud }) => learned(model, features, fraud, baseLogit), before);
    if (!features || !state) return { state, figure: undefined };
    const { value, contributions } = told(state, features, eventId);
    return { state, figure: { value, confidence: 1 - Math.exp(-state.positives / 50), contributions } };
  },
};

/** Log-odds of fraud before any report: one in a hundred. */
const baseLogit = Math.log(0.01 / 0.99);
/** What moves the probability by less is told as one. */
const toldFrom = 0.001;

/**
 * The probability as the sum of what the base says, and each feature's share of the way from there: log-odds add up, and
 * the chord from the base to the probability turns them into parts of it.
 */
function told(model: NonNullable<OnlineLogistic>, features: RiskFeatures, eventId: string) {
  const { base, weights } = model;
  const inputs = standardised(model, features);
  const rise = riseOf(model, inputs);
  const usual = probabilityOf(base);
  const value = probabilityOf(base + rise);
  const chord = Math.abs(rise) > 1e-9 ? (value - usual) / rise : 0;
  const contributions: Contribution[] = [{ name: 'usual', weight: 1, value: usual, eventId, quote: null }];
  let rest = value - usual;
  for (let at = 0; at < inputs.length; at += 1) {
    const input = inputs[at] ?? 0;
    const weight = (weights[at] ?? 0) * chord;
    if (Math.abs(weight * input) < toldFrom) continue;
    rest -= weight * input;
    const name = riskFeatureNames[at] ?? `feature ${at}`;
    contributions.push({ name, weight, value: input, eventId, quote: String(features[at]) });
  }
  contributions.push({ name: 'all else', weight: 1, value: rest, eventId, quote: null });
  return { value, contributions };
}
