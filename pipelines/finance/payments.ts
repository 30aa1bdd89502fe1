import type { StreamEvent } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import { jsonAt, numberAt, textAt } from '../../src/core/read.ts';
import { amountOf, type PaymentSeen } from '../../src/scoring/payments.ts';

export type Payment = PaymentSeen & {
  /** What it is reported by, if it turns out to be fraud. */
  readonly payment: string;
  /** It failed, and another attempt is planned. */
  readonly triedAgain: boolean;
  /** Where it was paid from, if the provider tells. */
  readonly country: string;
};

export function paymentsOf(event: StreamEvent): readonly Payment[] {
  const object = jsonAt(event.data, 'data', 'object');
  const currency = textAt(object, 'currency') ?? 'usd';
  const seen = (smallest: number | undefined) => ({
    eventId: event.id,
    at: Date.parse(event.time),
    amount: amountOf(smallest ?? 0, currency),
    currency,
    payment: paymentIn(object) ?? event.id,
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

/** Charges, invoices, disputes, warnings and refunds all name the payment they belong to, or the charge; a charge itself is one. */
export const paymentIn = (object: Json | undefined): string | undefined =>
  textAt(object, 'payment_intent') ?? textAt(object, 'charge') ?? textAt(object, 'id');
