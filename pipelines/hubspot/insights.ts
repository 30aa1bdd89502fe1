import type { InsightDraft, TaskDraft } from '../../src/pipeline/define.ts';
import type { Absence } from '../../src/pipeline/operators/absent.ts';
import type { Deal } from '../../src/scoring/deal.ts';
import type { Changed } from './changes.ts';
import type { Tuned } from './settings.ts';

/** Where a deal stands. */
type Standing = Pick<Deal, 'stage' | 'amount'>;

/** What is remembered of a deal while nothing happens; the last event's id where the input is no event. In a list: a customer has many deals. */
export type Awaited = readonly [stage: Deal['stage'], amount: Deal['amount'], ...saidBy: string[]];
export type Quiet = Absence<Awaited>;

export const awaitedOf = ({ deal: { stage, amount }, eventId, cause }: Changed): Awaited =>
  // The input's own id is remembered anyway; a score's is no event's.
  eventId === cause ? [stage, amount] : [stage, amount, eventId];

const standingOf = ({ awaited: [stage, amount] }: Quiet): string => standing({ stage, amount });

export function standing({ stage, amount }: Standing): string {
  return `${stage ?? 'no stage'}, ${amount === null ? 'no amount' : amount}`;
}

/** A deal that shrinks by much or is lost: so much less than was hoped for. */
export function atStake({ smallerBy }: Tuned, { id, before, deal, eventId }: Changed): readonly InsightDraft[] {
  const lost = deal.status === 'lost' && before?.status !== 'lost';
  const less = deal.status === 'open' && before?.amount && deal.amount !== null ? before.amount - deal.amount : 0;
  const value = lost ? (deal.amount ?? 0) : less;
  if (!lost && !(before?.amount && less / before.amount >= smallerBy)) return [];
  const title = lost ? `Deal ${id} was lost` : `Deal ${id} shrank`;
  const detail = lost ? `It stood at ${standing(before ?? deal)}.` : `From ${before?.amount} to ${deal.amount}.`;
  return [riskInsight(lost ? 'deal-lost' : 'deal-smaller', title, detail, value, 1, eventId)];
}

/** A cold deal is worth its amount times the chance that is now gone: half of what its stage promised. */
export function coldInsight(quiet: Quiet): InsightDraft {
  const { awaited, key, cause, eventId } = quiet;
  const [, amount, saidBy] = awaited;
  const value = (amount ?? 0) / 2;
  return {
    ...riskInsight(
      'deal-cold',
      `Deal ${key} has gone cold`,
      `It stands at ${standingOf(quiet)}.`,
      value,
      0.5,
      saidBy ?? eventId,
    ),
    cause,
  };
}

function riskInsight(
  name: string,
  title: string,
  detail: string,
  value: number,
  confidence: number,
  eventId: string,
): InsightDraft {
  // HubSpot's amounts come without a currency unless the account uses several.
  const expectedValue = value > 0 ? -value : null;
  return {
    output: 'insight',
    name,
    kind: 'risk',
    title,
    detail,
    expectedValue,
    currency: null,
    confidence,
    eventIds: [eventId],
  };
}

export const quietSince = (quiet: Quiet): string =>
  `Nothing has happened on deal ${quiet.key} since ${new Date(quiet.since).toISOString()}; ${standingOf(quiet)}`;

/** Agents look closer at a customer whose deal has gone quiet. */
export const lookInto = (quiet: Quiet): TaskDraft => ({
  output: 'task',
  name: 'sales_pipeline',
  goal: 'Say what holds this customer’s deals up, what they are worth, and what to do',
  context: {
    deal: quiet.key,
    because: quietSince(quiet),
  },
  alert: { rule: 'deal-cold', about: quiet.key },
  cause: quiet.cause,
});
