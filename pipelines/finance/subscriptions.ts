import type { StreamEvent } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import { jsonAt, numberAt, textAt } from '../../src/core/read.ts';
import type { InsightDraft } from '../../src/pipeline/define.ts';
import { nameOf, told } from '../../src/pipeline/evidence.ts';
import { amountOf } from '../../src/scoring/payments.ts';
import type { Tuned } from './settings.ts';

export interface Subscription {
  readonly id: string;
  readonly eventId: string;
  readonly ending: 'no' | 'at period end' | 'now';
  readonly comment: string | undefined;
  readonly currency: string;
  readonly seats: number | undefined;
  readonly seatsBefore: number | undefined;
  /** Of one seat and month, in whole units. */
  readonly price: number;
}

export function subscriptionsOf(event: StreamEvent): readonly Subscription[] {
  const deleted = event.type === 'stripe.customer.subscription.deleted';
  if (!deleted && event.type !== 'stripe.customer.subscription.updated') return [];
  const object = jsonAt(event.data, 'data', 'object');
  const previous = jsonAt(event.data, 'data', 'previous_attributes');
  const item = jsonAt(object, 'items', 'data', 0);
  const currency = textAt(object, 'currency') ?? textAt(item, 'price', 'currency') ?? 'usd';
  const leaving = jsonAt(object, 'cancel_at_period_end') === true;
  return [
    {
      id: textAt(object, 'id') ?? event.id,
      eventId: event.id,
      ending: deleted ? 'now' : leaving ? 'at period end' : 'no',
      comment: textAt(object, 'cancellation_details', 'comment') ?? textAt(object, 'cancellation_details', 'feedback'),
      currency,
      seats: numberAt(item, 'quantity') ?? numberAt(object, 'quantity'),
      seatsBefore: numberAt(previous, 'items', 'data', 0, 'quantity') ?? numberAt(previous, 'quantity'),
      price: amountOf(numberAt(item, 'price', 'unit_amount') ?? 0, currency) / monthsOf(item),
    },
  ];
}

function monthsOf(item: Json | undefined): number {
  return textAt(item, 'price', 'recurring', 'interval') === 'year' ? 12 : 1;
}

export function judgeEnding({ ending, comment, eventId }: Subscription, { entity }: { entity: string }) {
  if (ending === 'no') return { clear: 'the subscription goes on' };
  const when = ending === 'now' ? 'has ended' : 'ends with the period';
  return {
    raise: {
      kind: 'financial',
      severity: ending === 'now' ? 'critical' : 'warning',
      title: `The subscription of ${nameOf(entity)} ${when}`,
      evidence: [told(`The subscription ${when}${comment === undefined ? '' : `: “${comment}”`}`, eventId)],
      recommendedActions: ['Ask why, and what would bring them back', 'Correct the revenue forecast'],
      roles: ['customer-success', 'finance', 'sales'],
      sources: ['stripe'],
    },
  } as const;
}

/** Seats that change by some or by a tenth are worth telling; a year of them is what is expected. */
export function seatsChanged(
  { seatsFrom }: Tuned,
  { seats, seatsBefore, price, currency, eventId, id }: Subscription,
): readonly InsightDraft[] {
  if (seats === undefined || seatsBefore === undefined) return [];
  const more = seats - seatsBefore;
  if (Math.abs(more) < seatsFrom && Math.abs(more) * 10 < seatsBefore) return [];
  return [
    {
      output: 'insight',
      name: 'seats-changed',
      kind: more > 0 ? 'opportunity' : 'risk',
      title: more > 0 ? `${more} seats more` : `${-more} seats fewer`,
      detail: `Subscription ${id} went from ${seatsBefore} to ${seats} seats.`,
      expectedValue: more * price * 12,
      currency: currency.toUpperCase(),
      confidence: 0.8,
      eventIds: [eventId],
    },
  ];
}
