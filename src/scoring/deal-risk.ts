import type { Contribution } from '../core/score.ts';
import { winProbability, type Deal } from './deal.ts';
import { clamp, limited } from './limit.ts';
import type { Scorer } from './scorer.ts';

/** A deal at a moment (event time, ms), and the event that brought the moment. */
export interface DealSeen {
  readonly deal: Deal;
  readonly at: number;
  readonly eventId: string;
}

/** How much each warning counts; `longInStageDays`: so long in a stage is no warning yet. */
export interface DealRiskWeights {
  readonly stageWeight: number;
  readonly longInStageWeight: number;
  readonly longInStageDays: number;
  readonly overdueWeight: number;
  readonly putOffWeight: number;
  readonly stepBackWeight: number;
  readonly smallerWeight: number;
  readonly toneWeight: number;
}

const dealRiskWeights: DealRiskWeights = {
  stageWeight: 0.25,
  longInStageWeight: 0.2,
  longInStageDays: 21,
  overdueWeight: 0.2,
  putOffWeight: 0.15,
  stepBackWeight: 0.2,
  smallerWeight: 0.4,
  toneWeight: 0.25,
};

/**
 * How likely a deal is lost: what its stage says, and the warnings beside it. A prior with fixed weights, not learned
 * from an organisation's own outcomes: so its confidence stays at most 0.5 while the deal is open.
 */
export const createDealRisk = (weights: DealRiskWeights): Scorer<DealSeen, null> => ({
  name: 'deal_risk',
  version: 1,
  range: '0 … 1; 0 won, 1 lost; from 0.5 it needs attention',
  initial: null,
  score({ deal, at, eventId }) {
    const parts = deal.status === 'open' ? warnings(deal, at, eventId, weights) : [outcome(deal, eventId)];
    const known = [deal.stage, deal.amount, deal.closeAt, deal.tone].filter((part) => part !== null).length;
    const confidence = deal.status === 'open' ? known / 8 : 1;
    return { state: null, figure: { ...limited(parts, 0, 1, eventId), confidence } };
  },
});

export const dealRisk = createDealRisk(dealRiskWeights);

const dayMs = 86_400_000;

function outcome({ status, stage }: Deal, eventId: string): Contribution {
  return { name: status, weight: 1, value: status === 'lost' ? 1 : 0, eventId, quote: stage };
}

function warnings(deal: Deal, at: number, eventId: string, weights: DealRiskWeights): readonly Contribution[] {
  const { stage, saidBy } = deal;
  const days = Math.max(at - deal.stageSince, 0) / dayMs;
  const overdueDays = deal.closeAt === null ? 0 : Math.max(at - deal.closeAt, 0) / dayMs;
  const dropped = deal.amount !== null && deal.amountPeak ? 1 - deal.amount / deal.amountPeak : 0;
  const parts: readonly Contribution[] = [
    {
      name: 'stage',
      weight: weights.stageWeight,
      value: 1 - (winProbability.get(stage ?? '') ?? 0.4),
      eventId: saidBy.stage ?? eventId,
      quote: stage ?? 'no stage yet',
    },
    {
      name: 'long in stage',
      weight: weights.longInStageWeight,
      value: clamp((days - weights.longInStageDays) / 60, 0, 1),
      eventId: saidBy.stage ?? eventId,
      quote: `${Math.floor(days)} days in ${stage ?? 'no stage'}`,
    },
    {
      name: 'overdue',
      weight: weights.overdueWeight,
      value: clamp(overdueDays / 14, 0, 1),
      eventId: saidBy.closeAt ?? eventId,
      quote: `close date passed ${Math.floor(overdueDays)} days ago`,
    },
    {
      name: 'put off',
      weight: weights.putOffWeight,
      value: Math.min(deal.pushes, 3),
      eventId: saidBy.closeAt ?? eventId,
      quote: `${deal.pushes} times, by ${Math.round(deal.pushedDays)} days in all`,
    },
    {
      name: 'back a stage',
      weight: weights.stepBackWeight,
      value: Math.min(deal.stepsBack, 2),
      eventId: saidBy.stage ?? eventId,
      quote: `now ${stage}`,
    },
    {
      name: 'smaller',
      weight: weights.smallerWeight,
      value: clamp(dropped, 0, 1),
      eventId: saidBy.amount ?? eventId,
      quote: `${deal.amount} after ${deal.amountPeak}`,
    },
    {
      name: 'tone of calls',
      weight: weights.toneWeight,
      value: deal.tone === null ? 0 : -clamp(deal.tone, -1, 1),
      eventId: saidBy.tone ?? eventId,
      quote: `${deal.tone?.toFixed(2)}`,
    },
  ];
  return parts.filter(({ name, value }) => name === 'stage' || value !== 0);
}
