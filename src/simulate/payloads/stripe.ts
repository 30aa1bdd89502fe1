import type { JsonObject } from '../../core/json.ts';
import type { Account } from '../company.ts';
import type { Notice } from '../notice.ts';
import type { Random } from '../random.ts';

/** What happened to money. Amounts are in cents. */
export type Money =
  | { readonly kind: 'charge.succeeded' | 'charge.failed'; readonly amount: number; readonly invoice?: Invoice }
  | { readonly kind: 'charge.dispute.created'; readonly amount: number; readonly reason: string }
  | { readonly kind: 'invoice.paid'; readonly amount: number; readonly invoice: Invoice }
  | {
      readonly kind: 'invoice.payment_failed';
      readonly amount: number;
      readonly invoice: Invoice;
      /** From 1; rises with each attempt at the same invoice. */
      readonly attempt: number;
      /** ms; null: this was the last attempt. */
      readonly nextAttemptAt: number | null;
    }
  | {
      readonly kind: 'customer.subscription.updated' | 'customer.subscription.deleted';
      readonly status: 'active' | 'past_due' | 'canceled';
      readonly cancelAtPeriodEnd: boolean;
      readonly comment: string | null;
      readonly previous: JsonObject;
    };

export interface Invoice {
  readonly id: string;
  readonly number: string;
  /** ms. */
  readonly createdAt: number;
}

const apiVersion = '2024-06-20';
const month = 30 * 86_400;

export function newInvoice(createdAt: number, account: Account, random: Random): Invoice {
  const number = `${account.name.slice(0, 4).toUpperCase()}-${random.int(1_000, 9_999)}`;
  return { id: `in_1${random.text(23)}`, number, createdAt };
}

/** What Stripe tells of one customer. */
export function moneyNotice(at: number, account: Account, money: Money, random: Random): Notice {
  const object = objectOf(at / 1_000, account, money, random);
  const previous = 'previous' in money ? { previous_attributes: money.previous } : {};
  return eventNotice(at, money.kind, [account.entity], { object, ...previous }, random);
}

/** A payout to the company's own bank; it is about none of its customers. */
export function payoutNotice(at: number, amount: number, org: string, random: Random): Notice {
  const object = {
    id: `po_1${random.text(23)}`,
    object: 'payout',
    amount,
    arrival_date: at / 1_000 + 2 * 86_400,
    automatic: true,
    created: at / 1_000,
    currency: 'usd',
    description: 'STRIPE PAYOUT',
    failure_code: null,
    failure_message: null,
    livemode: true,
    metadata: {},
    method: 'standard',
    source_type: 'card',
    status: 'paid',
    type: 'bank_account',
  };
  return eventNotice(at, 'payout.paid', [`org:${org}`], { object }, random);
}

function eventNotice(at: number, type: string, entity: readonly string[], data: JsonObject, random: Random): Notice {
  const event = {
    id: `evt_1${random.text(23)}`,
    object: 'event',
    api_version: apiVersion,
    created: at / 1_000,
    data,
    livemode: true,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  return { at, source: 'stripe', entity, events: [event] };
}

function objectOf(created: number, account: Account, money: Money, random: Random): JsonObject {
  switch (money.kind) {
    case 'charge.succeeded':
    case 'charge.failed':
      return charge(created, account, money, random);
    case 'charge.dispute.created':
      return dispute(created, account, money.amount, money.reason, random);
    case 'invoice.paid':
    case 'invoice.payment_failed':
      return invoice(account, money);
    case 'customer.subscription.updated':
    case 'customer.subscription.deleted':
      return subscription(created, account, money);
    default:
      return money satisfies never;
  }
}

function charge(
  created: number,
  account: Account,
  { kind, amount, invoice }: Extract<Money, { kind: 'charge.succeeded' | 'charge.failed' }>,
  random: Random,
): JsonObject {
  const paid = kind === 'charge.succeeded';
  return {
    id: `ch_3${random.text(23)}`,
    object: 'charge',
    amount,
    amount_captured: paid ? amount : 0,
    amount_refunded: 0,
    billing_details: { email: account.people[0]?.email ?? null, name: account.title },
    captured: paid,
    created,
    currency: 'usd',
    customer: account.stripeCustomer,
    description: 'Subscription update',
    disputed: false,
    failure_code: paid ? null : 'card_declined',
    failure_message: paid ? null : 'Your card was declined.',
    invoice: invoice?.id ?? null,
    livemode: true,
    metadata: {},
    outcome: paid
      ? { network_status: 'approved_by_network', reason: null, risk_level: 'normal', type: 'authorized' }
      : {
          network_status: 'declined_by_network',
          reason: 'insufficient_funds',
          risk_level: 'normal',
          seller_message: 'The bank returned the decline code `insufficient_funds`.',
          type: 'issuer_declined',
        },
    paid,
    refunded: false,
    status: paid ? 'succeeded' : 'failed',
  };
}

function dispute(created: number, account: Account, amount: number, reason: string, random: Random): JsonObject {
  return {
    id: `dp_1${random.text(23)}`,
    object: 'dispute',
    amount,
    charge: `ch_3${random.text(23)}`,
    created,
    currency: 'usd',
    evidence: { customer_email_address: account.people[0]?.email ?? null, customer_name: account.title },
    evidence_details: { due_by: created + 9 * 86_400, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    livemode: true,
    metadata: { customer: account.stripeCustomer },
    payment_intent: `pi_3${random.text(23)}`,
    reason,
    status: 'needs_response',
  };
}

function invoice(
  account: Account,
  money: Extract<Money, { kind: 'invoice.paid' | 'invoice.payment_failed' }>,
): JsonObject {
  const paid = money.kind === 'invoice.paid';
  const attempt = paid ? 1 : money.attempt;
  const next = paid ? null : money.nextAttemptAt;
  return {
    id: money.invoice.id,
    object: 'invoice',
    amount_due: money.amount,
    amount_paid: paid ? money.amount : 0,
    amount_remaining: paid ? 0 : money.amount,
    attempt_count: attempt,
    attempted: true,
    billing_reason: 'subscription_cycle',
    collection_method: 'charge_automatically',
    created: money.invoice.createdAt / 1_000,
    currency: 'usd',
    customer: account.stripeCustomer,
    customer_email: account.people[0]?.email ?? null,
    customer_name: account.title,
    due_date: null,
    hosted_invoice_url: `https://invoice.example/${money.invoice.id}`,
    livemode: true,
    metadata: {},
    next_payment_attempt: next === null ? null : next / 1_000,
    number: money.invoice.number,
    paid,
    status: paid ? 'paid' : 'open',
    subscription: account.subscription,
    total: money.amount,
  };
}

function subscription(created: number, account: Account, money: Extract<Money, { status: string }>): JsonObject {
  const leaving = money.cancelAtPeriodEnd || money.status === 'canceled';
  return {
    id: account.subscription,
    object: 'subscription',
    cancel_at: money.cancelAtPeriodEnd ? created + month : null,
    cancel_at_period_end: money.cancelAtPeriodEnd,
    canceled_at: leaving ? created : null,
    cancellation_details: {
      comment: money.comment,
      feedback: leaving ? 'switched_service' : null,
      reason: leaving ? 'cancellation_requested' : null,
    },
    collection_method: 'charge_automatically',
    created: created - 14 * month,
    currency: 'usd',
    current_period_end: created + month,
    current_period_start: created,
    customer: account.stripeCustomer,
    ended_at: money.status === 'canceled' ? created : null,
    items: {
      object: 'list',
      data: [
        {
          id: `si_${account.subscription.slice(5, 19)}`,
          object: 'subscription_item',
          price: {
            id: `price_1${account.subscription.slice(5, 28)}`,
            object: 'price',
            currency: 'usd',
            recurring: { interval: 'month', interval_count: 1 },
            unit_amount: Math.round(account.mrr / account.seats),
          },
          quantity: account.seats,
        },
      ],
    },
    livemode: true,
    metadata: {},
    status: money.status,
  };
}
