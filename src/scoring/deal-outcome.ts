import { fnv1a32 } from '../core/ids.ts';
import type { Deal } from './deal.ts';
import {
  dealFeatureNames,
  learnFromDeal,
  noDealLearning,
  type ClosedDeal,
  type DealLearning,
} from './deal-propensity.ts';
import { learnedBy } from './learning/learned.ts';
import { thousandth } from './learning/awaiting-labels.ts';
import type { Features } from './learning/logistic.ts';
import type { Model } from './model.ts';

/** What an organisation's closed deals teach. */
export const dealModel: Model<DealLearning, ClosedDeal> = {
  name: 'deal_propensity',
  description: 'how likely a deal is won, learned from the deals that closed',
  version: 1,
  initial: noDealLearning(),
  learn: learnFromDeal,
  show: ({ propensity }) => learnedBy(propensity.learner),
};

/**
 * What is kept of an open deal until its outcome is known. Plain JSON; one prediction and at most `staysMax` stays.
 */
export type DealWaiting = readonly [
  /** How many stages it was seen in. */
  stages: number,
  /** The features it was scored by when it was last seen in one of its stages, each stage as likely as the others. */
  seen: readonly [stage: string | null, features: Listed] | null,
  /** The stages it has left, and how long it stood in each. */
  stays: readonly (readonly [stage: string, days: number])[],
];

/** Features by the order of `dealFeatureNames`, to the thousandth; null where one is not known. */
type Listed = readonly (number | null)[];

export const notSeen: DealWaiting = [0, null, []];

export const staysMax = 12;
const dayMs = 86_400_000;

/** A deal before and after something happened to it, at an event time in ms. */
export interface DealMoved {
  readonly id: string;
  readonly before: Deal | null;
  readonly deal: Deal;
  readonly at: number;
}

/**
 * What waits after a move, and what is to be learned where the deal closed by it. A model that is shown deals only as they were in the
 * end would know nothing of how they begin, so one of the stages is chosen, by a hash (reservoir sampling, Vitter 1985,
 * algorithm R with one place). A deal that was never seen open teaches nothing.
 */
export function dealWaitingAfter(
  waiting: DealWaiting,
  { id, before, deal, at }: DealMoved,
  featuresOf: () => Features,
): { readonly waiting: DealWaiting | undefined; readonly closed?: ClosedDeal } {
  const [stagesBefore, seenBefore, left] = waiting;
  const moved = before?.status === 'open' && before.stage !== deal.stage;
  const stays = moved && before.stage !== null ? [...left, stayOf(before.stage, before, at)] : left;
  if (deal.status !== 'open') {
    const closed = seenBefore && {
      features: named(seenBefore[1]),
      stays: stays.slice(-staysMax).map(([stage, days]) => ({ stage, days })),
      won: deal.status === 'won',
    };
    return { waiting: undefined, ...(closed && { closed }) };
  }
  const stages = stagesBefore + (moved || stagesBefore === 0 ? 1 : 0);
  const chosen = stages > stagesBefore ? fnv1a32(`${id}/${stages}`) % stages === 0 : seenBefore?.[0] === deal.stage;
  const seen = chosen ? ([deal.stage, listed(featuresOf())] as const) : seenBefore;
  return { waiting: [stages, seen, stays.slice(-staysMax)] };
}

const stayOf = (stage: string, { stageSince }: Deal, at: number) =>
  [stage, thousandth(Math.max(0, at - stageSince) / dayMs)] as const;

const listed = (features: Features): Listed =>
  dealFeatureNames.map((name) => {
    const value = features[name];
    return typeof value === 'number' ? thousandth(value) : null;
  });

const named = (features: Listed): Features =>
  Object.fromEntries(
    dealFeatureNames.flatMap((name, place) => {
      const value = features[place] ?? null;
      return value === null ? [] : [[name, value]];
    }),
  );
