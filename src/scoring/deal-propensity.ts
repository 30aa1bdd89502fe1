import { winProbability, type Deal } from './deal.ts';
import type { DealSeen } from './deal-risk.ts';
import { thousandth } from './learning/awaiting-labels.ts';
import type { Effect, Expectation, Features } from './learning/logistic.ts';
import { logitOf } from './learning/probability.ts';
import { toldOf } from './learning/told.ts';
import { clamp } from './limit.ts';
import { learn, predict, propensityOf, type Propensity } from './propensity.ts';
import type { Scorer } from './scorer.ts';
import { ageEffect, stageAgesAfter, stageRate, type StageAges, type Stay } from './stage-age.ts';

/** What an organisation's closed deals have taught. Plain JSON, never changed in place. */
export type DealLearning = {
  readonly format: 1;
  readonly propensity: Propensity;
  readonly ages: StageAges;
};

/** Nothing of one's own yet: HubSpot's stages, and warnings weighed by hand. */
export const noDealLearning = (): DealLearning => ({ format: 1, propensity: propensityOf(dealExpected), ages: {} });

/** A deal that closed: its features as they were when it was scored, how long it stood in each stage, and how it ended. */
export type ClosedDeal = {
  readonly features: Features;
  readonly stays: readonly Stay[];
  readonly won: boolean;
};

export const learnFromDeal = (
  { propensity, ages }: DealLearning,
  { features, stays, won }: ClosedDeal,
): DealLearning => ({
  format: 1,
  propensity: learn(propensity, features, won),
  ages: stageAgesAfter(ages, stays, won),
});

/**
 * How likely a deal is won: the odds of its stage, whether it stands there longer than deals that were won, and the
 * warnings. Before enough deals have closed it goes by expectation, says so (`prior`), and is sure by half at most.
 * Told when it moved by one of a hundred or more, and when the deal closes. What is remembered is what was told last.
 */
export function createDealPropensity(learned: DealLearning = noDealLearning()): Scorer<DealSeen, number | null> {
  return {
    name: 'deal_propensity',
    version: 1,
    range: '0 … 1: the probability that the deal is won',
    initial: null,
    score({ deal, at, eventId }, told) {
      if (deal.status !== 'open') {
        const value = deal.status === 'won' ? 1 : 0;
        const outcome = { name: deal.status, weight: 1, value, eventId, quote: deal.stage };
        return {
          state: value,
          figure: told === value ? undefined : { value, confidence: 1, contributions: [outcome] },
        };
      }
      const prediction = predict(learned.propensity, dealFeatures(deal, at, learned.ages));
      const value = prediction.probability;
      if (told !== null && Math.abs(value - told) < tellFrom) return { state: told, figure: undefined };
      const saidBy = ({ field }: Effect) => {
        const part = saidIn[field];
        return part && { eventId: deal.saidBy[part] ?? eventId, quote: saidOf(deal, part) };
      };
      const [usual, ...reasons] = toldOf(prediction, saidBy, eventId);
      const contributions = usual ? [{ ...usual, quote: toldFrom(learned) }, ...reasons] : reasons;
      return { state: thousandth(value), figure: { value, confidence: sureOf(deal, learned), contributions } };
    },
  };
}

const tellFrom = 0.01;
const dayMs = 86_400_000;

/** What a model is shown of an open deal at a time (ms), by `dealFeatureNames`. What is not known is left out. */
export function dealFeatures(deal: Deal, at: number, ages: StageAges): Features {
  const stage = deal.stage ?? 'no stage';
  const days = Math.max(at - deal.stageSince, 0) / dayMs;
  const overdueDays = deal.closeAt === null ? 0 : Math.max(at - deal.closeAt, 0) / dayMs;
  const dropped = deal.amount !== null && deal.amountPeak ? 1 - deal.amount / deal.amountPeak : 0;
  return {
    stage: logitOf(stageRate(ages, stage, winProbability.get(stage) ?? unknownStage)),
    'age in stage': ageEffect(ages, stage, days),
    'long in stage': clamp((days - 21) / 60, 0, 1),
    overdue: clamp(overdueDays / 14, 0, 1),
    'put off': Math.min(deal.pushes, 3),
    'back a stage': Math.min(deal.stepsBack, 2),
    smaller: clamp(dropped, 0, 1),
    ...(deal.tone !== null && { 'tone of calls': clamp(deal.tone, -1, 1) }),
    ...(deal.amount !== null && { amount: Math.log1p(Math.max(deal.amount, 0)) }),
  };
}

/** In the order in which what waits for its outcome lists them. */
export const dealFeatureNames = [
  'stage',
  'age in stage',
  'long in stage',
  'overdue',
  'put off',
  'back a stage',
  'smaller',
  'tone of calls',
  'amount',
] as const;

const unknownStage = 0.4;

/** Set by hand in round numbers. The first two are log-odds themselves and count once. */
const dealExpected: Expectation = {
  baseRate: 0.4,
  numbers: {
    stage: { weight: 1.2, mean: logitOf(0.4), deviation: 1.2 },
    'age in stage': { weight: 0.5, mean: 0, deviation: 0.5 },
    'long in stage': { weight: -0.3, mean: 0.1, deviation: 0.3 },
    overdue: { weight: -0.4, mean: 0.1, deviation: 0.3 },
    'put off': { weight: -0.3, mean: 0.3, deviation: 0.6 },
    'back a stage': { weight: -0.3, mean: 0.1, deviation: 0.3 },
    smaller: { weight: -0.3, mean: 0.05, deviation: 0.15 },
    'tone of calls': { weight: 0.4, mean: 0.1, deviation: 0.4 },
  },
};

/** Which fact of a deal a feature speaks of. */
const saidIn: Readonly<Record<string, keyof Deal['saidBy']>> = {
  stage: 'stage',
  'age in stage': 'stage',
  'long in stage': 'stage',
  'back a stage': 'stage',
  overdue: 'closeAt',
  'put off': 'closeAt',
  smaller: 'amount',
  amount: 'amount',
  'tone of calls': 'tone',
};

function saidOf({ stage, amount, amountPeak, pushes, pushedDays, tone }: Deal, part: keyof Deal['saidBy']): string {
  switch (part) {
    case 'stage':
      return stage ?? 'no stage yet';
    case 'amount':
      return `${amount} after ${amountPeak}`;
    case 'closeAt':
      return `closing put off ${pushes} times, by ${Math.round(pushedDays)} days in all`;
    case 'tone':
      return `tone ${tone?.toFixed(2)}`;
    default:
      return part satisfies never;
  }
}

/** Gong shows a likelihood from 50 won and 150 lost deals on. */
const enough = { won: 50, lost: 150 } as const;

function toldFrom({ propensity: { learner } }: DealLearning): string {
  const { positive: won, negative: lost } = learner.outcomes;
  return `${won < enough.won || lost < enough.lost ? 'prior' : 'learned'}: ${won} deals won, ${lost} lost so far`;
}

/** By what is known of the deal; at most half before enough deals have closed. */
function sureOf({ stage, amount, closeAt, tone }: Deal, { propensity: { learner } }: DealLearning): number {
  const known = [stage, amount, closeAt, tone].filter((part) => part !== null).length / 4;
  const { positive, negative } = learner.outcomes;
  const taught = Math.min(positive / enough.won, negative / enough.lost);
  return known * (taught < 1 ? 0.5 : 1 - 0.5 * 2 ** -taught);
}
