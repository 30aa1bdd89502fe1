import { filter, merge, share } from 'rxjs';
import type { StreamEvent } from '../src/core/event.ts';
import type { Json } from '../src/core/json.ts';
import { jsonAt, numberAt, textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type InsightDraft, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf, told } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { counted, type Counted } from '../src/pipeline/operators/counted.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { amountOf, money, paymentRisk, paymentSize, type PaymentSeen } from '../src/scoring/payments.ts';
import { transaction } from '../src/scoring/transaction.ts';
import { settings, type Tuned } from './finance/settings.ts';

/** Money: payments that fail, that are disputed, that are larger or otherwise unusual; subscriptions that end or grow. */
export default definePipeline({
  name: 'finance',
  version: 1,
  description: 'Follows payments and subscriptions: failures in a row, disputes, unusual sums and pace, seats',
  streams: ['finance'],
  makes: ['payment_risk', 'payment_size', 'transaction'],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const events = input.pipe(filter(isEvent), share());
    const payments = events.pipe(
      each((event) => paymentsOf(event)),
      share(),
    );
    const subscriptions = events.pipe(
      each((event) => subscriptionsOf(event)),
      share(),
    );
    const paid = payments.pipe(
      filter(({ kind }) => kind === 'paid'),
      share(),
    );
    const failures = payments.pipe(
      counted(state, 'failures', {
        match: ({ kind }) => kind === 'failed',
        resets: ({ kind }) => kind === 'paid',
        within: '7d',
        atMost: 20,
      }),
    );
    const sizes = paid.pipe(scored(state, paymentSize, { seen: (payment) => payment }), share());
    // Each currency by itself: a hundred yen are no hundred dollars.
    const habits = paid.pipe(
      scored(state, transaction, { subject: ({ currency }) => currency, seen: transactionOf }),
      share(),
    );
    return merge(
      payments.pipe(scored(state, paymentRisk, { seen: (payment) => payment })),
      sizes,
      habits,
      merge(failures, paid).pipe(alerted(state, 'payment-failures', { judge: tuned(judgeFailures) })),
      sizes.pipe(alerted(state, 'large-payment', { judge: tuned(judgeSize) })),
      habits.pipe(alerted(state, 'unusual-payment', { judge: tuned(judgeHabits) })),
      payments.pipe(alerted(state, 'dispute', { judge: tuned(judgeDispute) })),
      subscriptions.pipe(alerted(state, 'subscription-ending', { judge: judgeEnding, about: ({ id }) => id })),
      subscriptions.pipe(each(tuned(seatsChanged))),
    );
  },
});

type Payment = PaymentSeen & {
  /** It failed, and another attempt is planned. */
  readonly triedAgain: boolean;
  /** Where it was paid from, if the provider tells. */
  readonly country: string;
};

function paymentsOf(event: StreamEvent): readonly Payment[] {
  const object = jsonAt(event.data, 'data', 'object');
  const currency = textAt(object, 'currency') ?? 'usd';
  const seen = (smallest: number | undefined) => ({
    eventId: event.id,
    at: Date.parse(event.time),
    amount: amountOf(smallest ?? 0, currency),
    currency,
    triedAgain: false,
    country:
      textAt(object, 'payment_method_details', 'card', 'country') ??
      textAt(object, 'billing_details', 'address', 'country') ??
      textAt(object, 'customer_address', 'country') ??
      '',
  });
  // A charge of an invoice is told again, and better, by the invoice's own event.
  const ofInvoice = textAt(object, 'invoice') !== undefined;
  switch (event.type) {
    case 'stripe.invoice.payment_failed': {
      const attempt = numberAt(object, 'attempt_count') ?? 1;
      const last = jsonAt(object, 'next_payment_attempt') === null && attempt > 1;
      const reason = textAt(object, 'last_finalization_error', 'message') ?? null;
      const amount = numberAt(object, 'amount_remaining') ?? numberAt(object, 'amount_due');
      const triedAgain = numberAt(object, 'next_payment_attempt') !== undefined;
      return [{ ...seen(amount), kind: 'failed', attempt, last, reason, triedAgain }];
    }
    case 'stripe.charge.failed': {
      const reason = textAt(object, 'failure_code') ?? null;
      return ofInvoice
        ? []
        : [{ ...seen(numberAt(object, 'amount')), kind: 'failed', attempt: 1, last: false, reason }];
    }
    case 'stripe.invoice.paid':
      return [{ ...seen(numberAt(object, 'amount_paid')), kind: 'paid' }];
    case 'stripe.charge.succeeded':
      return ofInvoice ? [] : [{ ...seen(numberAt(object, 'amount')), kind: 'paid' }];
    case 'stripe.charge.dispute.created':
      return [{ ...seen(numberAt(object, 'amount')), kind: 'disputed', reason: textAt(object, 'reason') ?? null }];
    default:
      return [];
  }
}

function judgeFailures(tuned: Tuned, judged: Counted<Payment> | Payment, { entity }: { entity: string }) {
  if (!('count' in judged)) return { clear: 'a payment came in' };
  const { input: failed, count, eventIds } = judged;
  if (failed.kind !== 'failed') return undefined;
  const times = Math.max(count, failed.attempt);
  // Most of them go through on the next attempt, and nobody has to do anything.
  if (times === 1 && failed.triedAgain) return undefined;
  const severity =
    times >= tuned.failuresCritical || failed.last ? 'critical' : times >= tuned.failuresWarn ? 'warning' : 'info';
  const why = failed.reason === null ? '' : ` (${failed.reason})`;
  const text = `${money(failed)} failed${why}, attempt ${failed.attempt}; ${count} failures within a week`;
  return {
    raise: {
      kind: 'financial',
      severity,
      title:
        times > 1 ? `Payments of ${nameOf(entity)} failed ${times} times` : `A payment of ${nameOf(entity)} failed`,
      evidence: [told(text, ...eventIds)],
      recommendedActions:
        severity === 'info'
          ? ['Ask for another way to pay']
          : ['Ask for another way to pay', 'Tell the account’s owner before access ends'],
      roles: ['finance', 'customer-success'],
      sources: ['stripe'],
    },
  } as const;
}

function judgeSize(tuned: Tuned, size: ScoreDraft, { entity }: { entity: string }) {
  if (size.value < tuned.largeFrom) return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: size.value >= tuned.largeWarnFrom ? 'warning' : 'info',
      title: `Unusually large payment of ${nameOf(entity)}`,
      evidence: [evidenceOf(size)],
      recommendedActions: ['Check it against the contract', 'Look for a second charge for the same thing'],
      roles: ['finance'],
      sources: ['stripe'],
    },
  } as const;
}

/** By the habits of the customer, what it pays from counts as whom it pays: a card of another country is news. */
const transactionOf = ({ eventId, at, amount, country }: Payment) => ({ eventId, at, amount, counterparty: country });

/** Pace, country, hour and odd payments before; what is unusual for its sum alone, `large-payment` tells. */
function judgeHabits(tuned: Tuned, habits: ScoreDraft, { entity }: { entity: string }) {
  const bySum = habits.contributions.find(({ name }) => name === 'amount');
  if (habits.value < tuned.unusualFrom || (bySum && bySum.weight * bySum.value > habits.value / 2)) return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: habits.value >= tuned.unusualWarnFrom ? 'warning' : 'info',
      title: `Unusual payments of ${nameOf(entity)}`,
      evidence: [evidenceOf(habits)],
      recommendedActions: ['Ask the customer whether these are theirs', 'Look for a charge that was made twice'],
      roles: ['finance'],
      sources: ['stripe'],
    },
  } as const;
}

function judgeDispute({ largeDispute }: Tuned, payment: PaymentSeen, { entity }: { entity: string }) {
  if (payment.kind !== 'disputed') return undefined;
  return {
    raise: {
      kind: 'financial',
      severity: payment.amount >= largeDispute ? 'critical' : 'warning',
      title: `${nameOf(entity)} disputes a payment`,
      evidence: [told(`${money(payment)} disputed: ${payment.reason ?? 'no reason given'}`, payment.eventId)],
      recommendedActions: ['Talk to the customer before answering the bank', 'Collect the evidence before it is due'],
      roles: ['finance', 'customer-success'],
      sources: ['stripe'],
    },
  } as const;
}

interface Subscription {
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

function subscriptionsOf(event: StreamEvent): readonly Subscription[] {
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

function judgeEnding({ ending, comment, eventId }: Subscription, { entity }: { entity: string }) {
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
function seatsChanged(
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
