import { createChurnRisk, type Churn } from './churn.ts';
import { churnExpected } from './churn-expected.ts';
import { asFeatures, featuresOf, type Customer, type CustomerSeen, type Said } from './customer.ts';
import { expire, kept, remember, type AwaitingLabels } from './learning/awaiting-labels.ts';
import { learnedBy } from './learning/learned.ts';
import { learn, learnerOf, type Learner } from './learning/learner.ts';
import type { Features } from './learning/logistic.ts';
import type { Model } from './model.ts';
import type { Figure, Scorer } from './scorer.ts';

/** A customer as it was, and whether it left within the horizon. `told`: somebody said so, or else it has only stayed for so long. */
export type ChurnExample = { readonly features: Features; readonly left: boolean; readonly told?: true };

/** What an organisation's customers teach by leaving and by staying. */
export const churnModel: Model<Learner, ChurnExample> = {
  name: 'churn_risk',
  description: 'how likely a customer leaves within two months, learned from those who left and those who stayed',
  version: 1,
  initial: learnerOf(churnExpected),
  learn: (learner, { features, left }) => learn(learner, features, left),
  show: learnedBy,
};

/** Somebody said what became of the customer, at an event time in ms. */
export interface ChurnOutcome {
  readonly at: number;
  readonly outcome: 'churned' | 'renewed';
}

/** A customer, and how it was in the last months, until it is known whether it left. Bounded by `awaitingMax`. */
export type ChurnWatch = {
  readonly churn: Churn;
  readonly awaiting: AwaitingLabels<Features>;
  readonly left: boolean;
};

export const churnUnseen: ChurnWatch = { churn: createChurnRisk().initial, awaiting: [], left: false };

/** A customer of whom nothing has come up to an event time, ms; undefined where nothing ever did. */
export function silenceOf({ churn: { customer } }: ChurnWatch, at: number): CustomerSeen | undefined {
  const last = lastSaid(customer);
  if (!last) return undefined;
  const [eventId, quote] = last;
  return { silence: true, eventId, quote, at };
}

/** When a silent customer is to be scored again, event time in ms; undefined when that is not worth it any more. */
export function silenceDueAt({ churn: { customer }, left }: ChurnWatch): number | undefined {
  const last = lastSaid(customer);
  return left || !last || customer.at - last[2] > silenceMaxMs ? undefined : customer.at + silenceEveryMs;
}

function lastSaid({ facts, signs }: Customer): Said | undefined {
  let last: Said | undefined;
  for (const known of [facts, signs])
    for (const [eventId, quote, at] of Object.values(known)) if (!last || at > last[2]) last = [eventId, quote, at];
  return last;
}

const dayMs = 86_400_000;
const silenceEveryMs = 7 * dayMs;
/** Who has not been heard of for longer is no customer to be called back. */
const silenceMaxMs = 180 * dayMs;
/** Who leaves within it had the risk; who does not had it not. */
const horizonMs = 60 * dayMs;
/** How a customer was is kept once in so long: the days between say the same again. */
const everyMs = 30 * dayMs;
const awaitingMax = 4;

export interface ChurnFollowed {
  readonly watch: ChurnWatch;
  readonly examples: readonly ChurnExample[];
  readonly figure: Figure | undefined;
}

/**
 * What is known of a customer after one more thing was seen, and what that teaches. Silence is an answer here: who has not left two
 * months later has stayed. One who left is not scored until something is seen again that only customers do: a renewal. Silence is
 * scored, too, and is no way in which a customer is remembered.
 */
export function churnAfter(
  watch: ChurnWatch,
  seen: CustomerSeen | ChurnOutcome,
  scorer: Scorer<CustomerSeen, Churn>,
): ChurnFollowed {
  const { awaiting, released } = expire(watch.awaiting, seen.at - horizonMs);
  const stayed = released.map(({ features }) => ({ features, left: false }));
  if ('outcome' in seen) {
    const left = seen.outcome === 'churned';
    const labelled = awaiting.map(({ features }) => ({ features, left, told: true }) as const);
    const { customer } = watch.churn;
    // Whoever comes back was not silent meanwhile: the weeks it was away are not told afterwards.
    const churn = { ...watch.churn, customer: { ...customer, at: Math.max(customer.at, seen.at) } };
    return { watch: { churn, awaiting: [], left }, examples: [...stayed, ...labelled], figure: undefined };
  }
  if (watch.left) return { watch: { ...watch, awaiting }, examples: stayed, figure: undefined };
  const { state: churn, figure } = scorer.score(seen, watch.churn);
  const last = awaiting.at(-1);
  if ('silence' in seen || (last !== undefined && seen.at < last.at + everyMs)) {
    return { watch: { churn, awaiting, left: false }, examples: stayed, figure };
  }
  const features = kept(asFeatures(featuresOf(churn.customer)));
  const { awaiting: remembered } = remember(awaiting, { id: seen.eventId, at: seen.at, features }, awaitingMax);
  return { watch: { churn, awaiting: remembered, left: false }, examples: stayed, figure };
}
