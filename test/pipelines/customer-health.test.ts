import { expect, it } from 'vitest';
import customerHealth from '../../pipelines/customer-health.ts';
import { event } from '../../src/pipeline/cases.ts';
import type { Score } from '../../src/core/score.ts';
import { createEngine } from '../../src/pipeline/engine.ts';
import { createState } from '../../src/pipeline/state.ts';

const entity = 'account:brightloom';

const scoreAt = (time: string, name: string, value: number): Score => ({
  id: `${name} ${time}`,
  name,
  org: 'acme',
  entity,
  subject: null,
  value,
  confidence: 1,
  contributions: [{ name: 'fewer calls', weight: 1, value, eventId: `e ${time}`, quote: '0 in 14 days, usually 3' }],
  time,
  pipeline: 'engagement',
  version: 1,
});

/** A customer whose use was told of once, and then nothing of it until the day. */
function silentUntil(...days: readonly string[]) {
  const store = createState();
  const engine = createEngine([customerHealth], store, { scoresFrom: 'outside' });
  engine.score(scoreAt('2026-01-05T10:00:00.000Z', 'usage_trend', 0), 1);
  for (const [index, day] of days.entries()) {
    const time = `${day}T00:00:00.000Z`;
    engine.timer({ timer: day, org: 'acme', entity, time }, index + 2, Date.parse(time));
  }
  return { store, engine };
}

const pending = ({ store }: ReturnType<typeof silentUntil>) =>
  [...store.all()].flatMap(({ cells }) => [...cells.values()]).filter(({ dueAt }) => dueAt !== undefined);

it('says of a customer that has become quieter how quiet it is, in the words of that score', () => {
  const engine = createEngine([customerHealth], createState(), { scoresFrom: 'outside' });
  engine.score(scoreAt('2026-01-05T10:00:00.000Z', 'engagement_change', -0.9), 1);
  const [health] = engine.take().scores;
  expect(health).toMatchObject({ name: 'customer_health' });
  expect(health?.contributions.find(({ name }) => name === 'engagement')).toMatchObject({
    eventId: 'e 2026-01-05T10:00:00.000Z',
    quote: 'engagement_change -0.90: 0 in 14 days, usually 3',
  });
});

it('names the last that was heard of a silent customer, and how long ago by its weight', () => {
  const { engine } = silentUntil('2026-03-01');
  const risks = engine.take().scores.filter(({ name }) => name === 'churn_risk');
  expect(risks.map(({ value }) => value)).toEqual(risks.map(({ value }) => value).toSorted((a, b) => a - b));
  expect(risks.length).toBeGreaterThan(3);
  expect(risks.at(-1)?.contributions.find(({ name }) => name === 'days without use')).toMatchObject({
    eventId: 'e 2026-01-05T10:00:00.000Z',
    value: expect.any(Number),
  });
});

it('wakes for a silent customer for half a year and no longer, and not for one that has left', () => {
  expect(pending(silentUntil('2026-06-01')).map(({ operator }) => operator)).toContain('churn');
  expect(pending(silentUntil('2026-06-01', '2026-08-01')).map(({ operator }) => operator)).not.toContain('churn');
  const left = silentUntil();
  const time = '2026-01-06T10:00:00.000Z';
  left.engine.event(event({ type: 'stripe.customer.subscription.deleted', stream: 'finance', time, entity }), 2);
  expect(pending(left).map(({ operator }) => operator)).not.toContain('churn');
});

it('tells nothing afterwards of the weeks that a customer who comes back was away', () => {
  const { engine } = silentUntil();
  const subscription = (what: string, time: string) =>
    event({ type: `stripe.customer.subscription.${what}`, stream: 'finance', time, entity });
  engine.event(subscription('deleted', '2026-01-10T10:00:00.000Z'), 2);
  engine.event(subscription('created', '2026-03-17T10:00:00.000Z'), 3);
  expect(engine.take().scores.filter(({ name, time }) => name === 'churn_risk' && time > '2026-01-10')).toEqual([]);
});

it('asks agents to look into a customer when it comes to be at risk: once, and again only after it was better', () => {
  const engine = createEngine([customerHealth], createState(), { scoresFrom: 'outside' });
  let sequence = 0;
  const days = (from: number, value: number, urgency: number) => {
    for (let day = from; day < from + 30; day += 1) {
      const time = new Date(Date.UTC(2026, 0, day, 10)).toISOString();
      for (const name of ['usage_trend', 'conversation_sentiment', 'engagement_change', 'call_sentiment'])
        engine.score(scoreAt(time, name, value), (sequence += 1));
      engine.score(scoreAt(time, 'urgency', urgency), (sequence += 1));
      engine.score(scoreAt(time, 'payment_risk', urgency), (sequence += 1));
    }
    return engine.take().tasks;
  };
  expect(days(1, 0.1, 0)).toEqual([]);
  const [task, ...others] = days(31, -1, 1);
  expect(task).toMatchObject({ rule: 'customer_health', entity, pipeline: 'customer-health' });
  expect(task?.context).toMatchObject({ because: expect.stringContaining('usage_trend -1.00') });
  expect(others).toEqual([]);
  expect(days(61, 0.1, 0)).toEqual([]);
  expect(days(91, -1, 1)).toHaveLength(1);
});
