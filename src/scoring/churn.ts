import { churnExpected } from './churn-expected.ts';
import {
  asFeatures,
  customerAfter,
  featuresOf,
  noCustomer,
  saidOf,
  type Customer,
  type CustomerSeen,
} from './customer.ts';
import { learnerOf, predict, probabilityIn, type Learner } from './learning/learner.ts';
import { toldOf } from './learning/told.ts';
import type { Scorer } from './scorer.ts';

/** A customer, and the risk as it was last told. */
export type Churn = { readonly customer: Customer; readonly told: number | null };

/**
 * How likely a customer leaves within the horizon that the learner was taught. A learner of the organisation's own
 * outcomes is made apart and given; without one the score goes by what is expected of customers in general, and is sure
 * of it by half at most. Told when it moved by two of a hundred or more.
 */
export function createChurnRisk(learner: Learner = learnerOf(churnExpected)): Scorer<CustomerSeen, Churn> {
  return {
    name: 'churn_risk',
    version: 1,
    range: '0 … 1: the probability that the customer leaves within two months',
    initial: { customer: noCustomer, told: null },
    score(seen, { customer: before, told }) {
      const customer = customerAfter(before, seen);
      const features = featuresOf(customer);
      const known = asFeatures(features);
      // Most of what is seen moves it by less: why it stands there is only worked out where it is told.
      if (told !== null && Math.abs(probabilityIn(learner, known) - told) < tellFrom) {
        return { state: { customer, told }, figure: undefined };
      }
      const prediction = predict(learner, known);
      const { probability } = prediction;
      const of = new Map(features.map((feature) => [feature.name, feature.of]));
      const contributions = toldOf(prediction, ({ field }) => reasonOf(customer, of.get(field)), seen.eventId);
      return {
        state: { customer, told: probability },
        figure: { value: probability, confidence: massOf(features.length) * taughtBy(learner), contributions },
      };
    },
  };
}

function reasonOf(customer: Customer, of: string | undefined) {
  const by = of === undefined ? undefined : saidOf(customer, of);
  return by && { eventId: by[0], quote: by[1] };
}

const tellFrom = 0.02;

/** Half of what can be known is known with six features. */
const massOf = (features: number): number => 1 - 2 ** (-features / 6);

/** From a half, where it is all expectation, towards 1: half the way with 50 who left and 150 who stayed. */
function taughtBy({ outcomes: { positive, negative } }: Learner): number {
  return 1 - 0.5 * 2 ** -Math.min(positive / 50, negative / 150);
}
