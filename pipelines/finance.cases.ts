import type { JsonObject } from '../src/core/json.ts';
import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';

function money(time: string, type: string, object: JsonObject, previous?: JsonObject) {
  const data = { object: { currency: 'usd', ...object }, ...(previous && { previous_attributes: previous }) };
  return event({ type: `stripe.${type}`, origin: 'stripe', stream: 'finance', time, entity, data: { type, data } });
}

const paid = (time: string, cents: number) => money(time, 'invoice.paid', { amount_paid: cents });
const failed = (time: string, attempt: number, more: JsonObject = {}) =>
  money(time, 'invoice.payment_failed', {
    amount_remaining: 120_000,
    attempt_count: attempt,
    next_payment_attempt: 1,
    ...more,
  });

const charged = (minute: number) =>
  money(new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString(), 'charge.succeeded', { amount: 110_000 });

const changed = (time: string, object: JsonObject, previous: JsonObject) =>
  money(time, 'customer.subscription.updated', { id: 'sub_1', ...object }, previous);
/** Whether a subscription ends with its period, which was otherwise before. */
const ending = (time: string, ends: boolean) =>
  changed(time, { cancel_at_period_end: ends }, { cancel_at_period_end: !ends });

const usual = ['2025-11', '2025-12', '2026-01', '2026-02'].map((month) => paid(`${month}-01T10:00:00Z`, 120_000));

/** Payments by a charge's id, on days of 2026. */
const chargedOn = (day: number, id: string) =>
  money(new Date(Date.UTC(2026, 0, day, 12)).toISOString(), 'charge.succeeded', { id, amount: 110_000 });
const reportedOn = (day: number, type: string, object: JsonObject) =>
  money(new Date(Date.UTC(2026, 0, day, 12)).toISOString(), type, object);

export default cases([
  {
    name: 'a payment that is disputed as fraud teaches what frauds look like, once; one disputed for another reason does not',
    given: [
      chargedOn(1, 'ch_1'),
      chargedOn(3, 'ch_2'),
      reportedOn(20, 'radar.early_fraud_warning.created', { charge: 'ch_1', fraud_type: 'made_with_stolen_card' }),
      reportedOn(30, 'charge.dispute.created', { id: 'dp_1', charge: 'ch_1', amount: 110_000, reason: 'fraudulent' }),
      reportedOn(31, 'charge.dispute.created', { id: 'dp_2', charge: 'ch_2', amount: 110_000, reason: 'duplicate' }),
    ],
    expect: { examples: [{ model: 'transaction_risk', example: { fraud: true }, subject: 'ch_1' }] },
  },
  {
    name: 'a refund as fraudulent, and whoever else knows, tell of fraud, too',
    given: [
      chargedOn(1, 'ch_1'),
      chargedOn(3, 'ch_2'),
      chargedOn(5, 'ch_3'),
      reportedOn(6, 'refund.created', { id: 're_1', charge: 'ch_1', reason: 'fraudulent' }),
      reportedOn(7, 'refund.created', { id: 're_2', charge: 'ch_2', reason: 'requested_by_customer' }),
      event({
        type: 'weir.outcome.payment',
        stream: 'finance',
        time: '2026-01-08T12:00:00Z',
        entity,
        data: { payment: 'ch_3', outcome: 'legitimate' },
      }),
    ],
    expect: {
      examples: [
        { model: 'transaction_risk', example: { fraud: true }, subject: 'ch_1' },
        { model: 'transaction_risk', example: { fraud: false }, subject: 'ch_3' },
      ],
    },
  },
  {
    name: 'of payments that nobody reported within two months some are learned from as no fraud, chosen by their ids',
    given: [...Array.from({ length: 5 }, (_, index) => chargedOn(1 + index, `ch_${index}`)), chargedOn(90, 'ch_last')],
    expect: { examples: [{ model: 'transaction_risk', example: { fraud: false } }] },
  },
  {
    name: 'a run of failures is looked into once, however long it goes on',
    given: [1, 2, 3, 4, 5].map((attempt) => failed(`2026-03-0${attempt}T10:00:00Z`, attempt)),
    expect: { tasks: [{ rule: 'financial', entity }] },
  },
  {
    name: 'a run of failures is looked into, too, where the provider tells of its fifth attempt next after the first; after a payment, anew',
    given: [
      failed('2026-03-01T10:00:00Z', 1),
      failed('2026-03-04T10:00:00Z', 5),
      failed('2026-03-05T10:00:00Z', 6),
      paid('2026-03-06T10:00:00Z', 120_000),
      failed('2026-03-20T10:00:00Z', 4),
    ],
    expect: {
      tasks: [
        { rule: 'financial', entity },
        { rule: 'financial', entity },
      ],
    },
  },
  {
    name: 'payments as usual alarm nobody',
    given: usual,
    expect: {
      scores: [
        { name: 'payment_risk', value: 0 },
        { name: 'payment_size', value: 0 },
      ],
      alerts: [],
    },
  },
  {
    name: 'a run of failures is told from the second on, rises to critical, and a payment ends it',
    given: [
      failed('2026-03-01T10:00:00Z', 1),
      failed('2026-03-04T10:00:00Z', 2),
      failed('2026-03-07T10:00:00Z', 3, { next_payment_attempt: null }),
      paid('2026-03-08T10:00:00Z', 120_000),
    ],
    expect: {
      scores: [
        { name: 'payment_risk', value: 0.3 },
        { name: 'payment_risk', value: { min: 0.75, max: 1 } },
      ],
      alerts: [
        { rule: 'payment-failures', change: 'raised', severity: 'warning', kind: 'financial', fingerprint: entity },
        { rule: 'payment-failures', change: 'raised', severity: 'critical' },
        { rule: 'payment-failures', change: 'cleared' },
      ],
      tasks: [{ rule: 'financial', entity }],
    },
  },
  {
    name: 'two failures that are tried again, with a payment between them, alarm nobody',
    given: [
      failed('2026-03-01T10:00:00Z', 1),
      paid('2026-03-02T10:00:00Z', 120_000),
      failed('2026-03-04T10:00:00Z', 1),
    ],
    expect: {
      scores: [
        { name: 'payment_risk', value: 0.3 },
        { name: 'payment_risk', value: 0.3 },
      ],
      alerts: [],
      tasks: [],
    },
  },
  {
    name: 'a failure that nobody tries again is told at once',
    given: [failed('2026-03-01T10:00:00Z', 1, { next_payment_attempt: null })],
    expect: {
      scores: [{ name: 'payment_risk', value: 0.3 }],
      alerts: [{ rule: 'payment-failures', change: 'raised', severity: 'info' }],
    },
  },
  {
    name: 'the charge behind a failed invoice does not count twice',
    given: [
      money('2026-03-01T10:00:00Z', 'charge.failed', {
        amount: 120_000,
        invoice: 'in_1',
        failure_code: 'card_declined',
      }),
      failed('2026-03-01T10:00:01Z', 1, { next_payment_attempt: null }),
    ],
    expect: { alerts: [{ rule: 'payment-failures', change: 'raised', severity: 'info' }] },
  },
  {
    name: 'a payment ten times the usual is told',
    given: [...usual, paid('2026-03-01T10:00:00Z', 1_200_000)],
    expect: {
      scores: [{ name: 'payment_size', value: { min: 0.9 } }],
      alerts: [{ rule: 'large-payment', change: 'raised', severity: 'warning' }],
      tasks: [{ rule: 'financial', entity }],
    },
  },
  {
    name: 'charges in quick succession are told, of whatever size they are',
    given: [...usual, ...[0, 5, 10, 15, 20].map((minute) => charged(minute))],
    expect: {
      scores: [{ name: 'transaction', value: { min: 0.75 } }],
      alerts: [
        { rule: 'unusual-payment', change: 'raised', severity: 'info', kind: 'financial' },
        { rule: 'unusual-payment', change: 'raised', severity: 'warning' },
      ],
    },
  },
  {
    name: 'yen are not held against dollars',
    given: [
      ...usual,
      money('2026-03-01T10:00:00Z', 'invoice.paid', { amount_paid: 180_000, currency: 'jpy' }),
      paid('2026-03-02T10:00:00Z', 120_000),
    ],
    expect: { scores: [{ name: 'transaction', value: { max: 0.2 } }] },
  },
  {
    name: 'yen have no cents',
    given: [
      money('2026-03-01T10:00:00Z', 'charge.dispute.created', { amount: 4_000, currency: 'jpy', reason: 'fraudulent' }),
    ],
    expect: {
      scores: [{ name: 'payment_risk', value: 0.6 }],
      alerts: [{ rule: 'dispute', change: 'raised', severity: 'warning' }],
      tasks: [{ rule: 'financial', entity }],
    },
  },
  {
    name: 'a subscription that will end, goes on after all, and ends',
    given: [
      ending('2026-03-01T10:00:00Z', true),
      ending('2026-03-02T10:00:00Z', false),
      money('2026-03-09T10:00:00Z', 'customer.subscription.deleted', { id: 'sub_1', cancel_at_period_end: false }),
    ],
    expect: {
      alerts: [
        { rule: 'subscription-ending', change: 'raised', severity: 'warning', fingerprint: `${entity}/sub_1` },
        { rule: 'subscription-ending', change: 'cleared' },
        { rule: 'subscription-ending', change: 'raised', severity: 'critical' },
      ],
    },
  },
  {
    name: 'ten seats more are an opportunity worth a year of them',
    given: [
      changed(
        '2026-03-01T10:00:00Z',
        { items: { data: [{ quantity: 60, price: { unit_amount: 3_000, recurring: { interval: 'month' } } }] } },
        { quantity: 50 },
      ),
    ],
    expect: { insights: [{ kind: 'opportunity', title: '10 seats more' }], alerts: [] },
  },
  {
    name: 'what is set: the second failure is critical, and a small dispute, too',
    settings: { failuresCritical: 2, largeDispute: 100 },
    given: [
      failed('2026-03-01T10:00:00Z', 1),
      failed('2026-03-04T10:00:00Z', 2),
      money('2026-03-05T10:00:00Z', 'charge.dispute.created', { amount: 20_000, reason: 'fraudulent' }),
    ],
    expect: {
      alerts: [
        { rule: 'payment-failures', change: 'raised', severity: 'critical' },
        { rule: 'dispute', change: 'raised', severity: 'critical' },
      ],
    },
  },
]);
