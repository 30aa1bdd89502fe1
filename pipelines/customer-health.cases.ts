import type { JsonObject } from '../src/core/json.ts';
import { cases, event, type GivenScore } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';

const score = (at: string, name: string, value: number, about = entity): GivenScore => ({
  at,
  score: name,
  entity: about,
  value,
  quote: 'seen',
});

function subscription(time: string, type: string, object: JsonObject, previous: JsonObject = {}) {
  const data = { data: { object, previous_attributes: previous } };
  return event({
    type: `stripe.customer.subscription.${type}`,
    origin: 'stripe',
    stream: 'finance',
    time,
    entity,
    data,
  });
}

const failedPayment = (time: string) =>
  event({ type: 'stripe.invoice.payment_failed', origin: 'stripe', stream: 'finance', time, entity });

const calmWeeks = ['02', '09', '16', '23'].flatMap((day) => [
  score(`2026-02-${day}T10:00:00Z`, 'conversation_sentiment', 0),
  score(`2026-02-${day}T10:00:01Z`, 'urgency', 0.15),
  score(`2026-02-${day}T11:00:00Z`, 'payment_risk', 0),
  score(`2026-02-${day}T12:00:00Z`, 'usage_trend', 0.02),
]);

export default cases([
  {
    name: 'a calm customer is well',
    given: calmWeeks,
    expect: { scores: [{ name: 'customer_health', entity, value: { min: 80, max: 100 } }], alerts: [] },
  },
  {
    name: 'a churn in the making: watch, act, at risk, each told once',
    given: [
      ...calmWeeks,
      score('2026-03-02T10:00:00Z', 'usage_trend', -0.4),
      score('2026-03-03T10:00:00Z', 'conversation_sentiment', -0.8),
      score('2026-03-03T10:00:01Z', 'urgency', 0.8),
      score('2026-03-05T10:00:00Z', 'call_sentiment', -0.9),
      score('2026-03-06T10:00:00Z', 'usage_trend', -0.6),
      score('2026-03-07T10:00:00Z', 'urgency', 1),
      score('2026-03-08T10:00:00Z', 'payment_risk', 0.42),
      score('2026-03-09T10:00:00Z', 'conversation_sentiment', -0.9),
      score('2026-03-10T10:00:00Z', 'usage_trend', -0.7),
      score('2026-03-10T10:00:01Z', 'urgency', 1),
      score('2026-03-11T10:00:00Z', 'usage_trend', -0.7),
      subscription('2026-03-12T10:00:00Z', 'updated', { cancel_at_period_end: true }, { cancel_at_period_end: false }),
    ],
    expect: {
      scores: [{ name: 'customer_health', value: 35 }],
      alerts: [
        { rule: 'health-low', change: 'raised', severity: 'info', kind: 'customer_health', fingerprint: entity },
        { rule: 'health-low', change: 'raised', severity: 'warning' },
        { rule: 'health-low', change: 'raised', severity: 'critical' },
      ],
    },
  },
  {
    name: 'a subscription that ended is told whatever else is well; one that goes on after all clears it',
    given: [
      ...calmWeeks,
      subscription('2026-03-01T10:00:00Z', 'updated', { cancel_at_period_end: true }, { cancel_at_period_end: false }),
      subscription('2026-03-02T10:00:00Z', 'updated', { cancel_at_period_end: false }, { cancel_at_period_end: true }),
      subscription('2026-03-20T10:00:00Z', 'deleted', {}),
    ],
    expect: {
      scores: [{ name: 'customer_health', value: 10 }],
      alerts: [
        { rule: 'health-low', change: 'raised', severity: 'critical' },
        { rule: 'health-low', change: 'cleared' },
        { rule: 'health-low', change: 'raised', severity: 'critical' },
      ],
    },
  },
  {
    name: 'a customer of whom little is known is not judged',
    given: [score('2026-03-02T10:00:00Z', 'call_sentiment', -0.9)],
    expect: { scores: [{ name: 'customer_health', value: { min: 50 } }], alerts: [] },
  },
  {
    name: 'what is no customer has no health',
    given: [score('2026-03-02T10:00:00Z', 'urgency', 1, 'org:acme')],
    expect: { scores: [], alerts: [] },
  },
  {
    name: 'the risk that a customer leaves rises with complaints and failed payments; leaving teaches, and ends the scoring',
    given: [
      subscription('2026-01-05T10:00:00Z', 'updated', { cancel_at_period_end: false, created: 1_700_000_000 }),
      score('2026-02-10T10:00:00Z', 'usage_trend', -0.5),
      score('2026-02-11T10:00:00Z', 'conversation_sentiment', -0.8),
      score('2026-02-12T10:00:00Z', 'call_sentiment', -0.9),
      failedPayment('2026-02-13T10:00:00Z'),
      failedPayment('2026-02-14T10:00:00Z'),
      subscription('2026-02-20T10:00:00Z', 'deleted', {}),
      score('2026-02-21T10:00:00Z', 'conversation_sentiment', -0.9),
    ],
    expect: {
      scores: [
        { name: 'churn_risk', entity, value: { max: 0.2 } },
        { name: 'churn_risk', entity, value: { min: 0.5 } },
      ],
      examples: [
        { model: 'churn_risk', example: { left: true } },
        { model: 'churn_risk', example: { left: true } },
      ],
    },
  },
  {
    name: 'a customer who has fallen silent is scored by its silence, though no event comes',
    given: [...calmWeeks, { at: '2026-05-01T00:00:00Z', timer: true }],
    expect: {
      scores: [
        { name: 'churn_risk', entity, value: { max: 0.25 } },
        { name: 'churn_risk', entity, value: { min: 0.4 } },
      ],
    },
  },
  {
    name: 'who has become quieter is less well, and the reason says how',
    given: [
      ...calmWeeks,
      score('2026-02-24T00:00:00Z', 'engagement_change', -0.9),
      score('2026-03-03T00:00:00Z', 'engagement_change', -0.95),
    ],
    expect: {
      scores: [
        { name: 'customer_health', entity, value: { min: 85 } },
        { name: 'customer_health', entity, value: { max: 80 } },
      ],
    },
  },
  {
    name: 'who has not left two months later has stayed; a renewal that is told says so at once',
    given: [
      score('2026-01-05T10:00:00Z', 'conversation_sentiment', -0.5),
      score('2026-03-07T10:00:00Z', 'conversation_sentiment', -0.5),
      event({
        type: 'weir.outcome.account',
        stream: 'finance',
        time: '2026-03-08T10:00:00Z',
        entity,
        data: { outcome: 'renewed' },
      }),
    ],
    expect: {
      alerts: [],
      examples: [
        { model: 'churn_risk', example: { left: false } },
        { model: 'churn_risk', example: { left: false, told: true } },
      ],
    },
  },
  {
    name: 'what is set: where the use of the product is nearly all that counts, the rest moves little; bands begin where they are set',
    settings: { useWeight: 900, watchUnder: 90, actUnder: 50, atRiskUnder: 10, hysteresis: 0 },
    given: [
      score('2026-03-02T10:00:00Z', 'urgency', 1),
      score('2026-03-03T10:00:00Z', 'usage_trend', 0.02),
      score('2026-03-10T10:00:00Z', 'usage_trend', 0.2),
    ],
    expect: {
      scores: [{ name: 'customer_health', value: { min: 90 } }],
      alerts: [
        { rule: 'health-low', change: 'raised', severity: 'info' },
        { rule: 'health-low', change: 'cleared' },
      ],
    },
  },
]);
