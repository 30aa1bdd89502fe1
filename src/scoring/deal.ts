import { thousandth } from './learning/awaiting-labels.ts';

/** A deal as it is known from what changed. Times are event time, ms; amounts in whole units. */
export type Deal = {
  readonly status: 'open' | 'won' | 'lost';
  readonly stage: string | null;
  readonly stageSince: number;
  readonly amount: number | null;
  readonly amountPeak: number | null;
  readonly closeAt: number | null;
  /** How often, and by how many days in all, the closing was put off. */
  readonly pushes: number;
  readonly pushedDays: number;
  readonly stepsBack: number;
  /** −1 … 1, of the last call about it, to the thousandth. */
  readonly tone: number | null;
  readonly activeAt: number;
  /** Which event said what, for the reasons of a score. */
  readonly saidBy: { readonly [part in 'stage' | 'amount' | 'closeAt' | 'tone']?: string };
};

export type DealFact = { readonly eventId: string; readonly at: number } & (
  | { readonly kind: 'created' }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'amount'; readonly amount: number }
  | { readonly kind: 'closeDate'; readonly closeAt: number }
  | { readonly kind: 'call'; readonly tone: number }
  | { readonly kind: 'activity' }
);

/** What is true of a deal after a fact. */
export function dealAfter(deal: Deal | null, fact: DealFact): Deal {
  const known = { ...(deal ?? newDeal(fact.at)), activeAt: Math.max(fact.at, deal?.activeAt ?? fact.at) };
  switch (fact.kind) {
    case 'created':
    case 'activity':
      return known;
    case 'stage':
      return atStage(known, fact);
    case 'amount':
      return {
        ...known,
        amount: fact.amount,
        amountPeak: Math.max(fact.amount, known.amountPeak ?? fact.amount),
        saidBy: { ...known.saidBy, amount: fact.eventId },
      };
    case 'closeDate':
      return withCloseDate(known, fact);
    case 'call':
      return { ...known, tone: thousandth(fact.tone), saidBy: { ...known.saidBy, tone: fact.eventId } };
    default:
      return fact satisfies never;
  }
}

/** HubSpot's own stages with its probabilities of winning; other stages are worth the middle and have no order. */
export const winProbability: ReadonlyMap<string, number> = new Map([
  ['appointmentscheduled', 0.2],
  ['qualifiedtobuy', 0.4],
  ['presentationscheduled', 0.6],
  ['decisionmakerboughtin', 0.8],
  ['contractsent', 0.9],
  ['closedwon', 1],
  ['closedlost', 0],
]);

/** Those an open deal goes through, in their order. */
export const openStages = [...winProbability.keys()].filter((stage) => !stage.startsWith('closed'));

/** Stages are the provider's words; what is remembered must not grow with them. */
const stageCharsMax = 100;

function newDeal(at: number): Deal {
  return {
    status: 'open',
    stage: null,
    stageSince: at,
    amount: null,
    amountPeak: null,
    closeAt: null,
    pushes: 0,
    pushedDays: 0,
    stepsBack: 0,
    tone: null,
    activeAt: at,
    saidBy: {},
  };
}

function atStage(deal: Deal, fact: Extract<DealFact, { kind: 'stage' }>): Deal {
  const stage = fact.stage.slice(0, stageCharsMax);
  if (stage === deal.stage) return deal;
  const status = stage === 'closedwon' ? 'won' : stage === 'closedlost' ? 'lost' : 'open';
  const before = deal.status === 'open' ? winProbability.get(deal.stage ?? '') : undefined;
  const after = winProbability.get(stage);
  const back = status === 'open' && before !== undefined && after !== undefined && after < before;
  return {
    ...deal,
    status,
    stage,
    stageSince: fact.at,
    stepsBack: deal.stepsBack + (back ? 1 : 0),
    saidBy: { ...deal.saidBy, stage: fact.eventId },
  };
}

function withCloseDate(deal: Deal, fact: Extract<DealFact, { kind: 'closeDate' }>): Deal {
  const laterDays = deal.closeAt === null ? 0 : (fact.closeAt - deal.closeAt) / 86_400_000;
  const pushed = laterDays >= 1;
  return {
    ...deal,
    closeAt: fact.closeAt,
    pushes: deal.pushes + (pushed ? 1 : 0),
    pushedDays: deal.pushedDays + (pushed ? laterDays : 0),
    saidBy: { ...deal.saidBy, closeAt: fact.eventId },
  };
}
