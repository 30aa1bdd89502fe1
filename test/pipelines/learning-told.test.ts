import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { sumOf } from '../../src/core/score.ts';
import { event } from '../../src/pipeline/cases.ts';
import { at, learningDaemon } from './learning-daemon.ts';

const { working, append, commits } = learningDaemon();

describe('priorities and frauds that people tell of', () => {
  const talk = (onDay: number, topic: string, item: { readonly [name: string]: Json }) =>
    append(
      event({
        type: `intercom.conversation.${topic}`,
        stream: 'intercom',
        time: at(onDay),
        entity: `account:${Math.floor(onDay) % 7}`,
        data: { data: { item: { id: String(Math.floor(onDay)), ...item } } },
      }),
    );
  const money = (onDay: number, type: string, object: { readonly [name: string]: Json }) =>
    append(
      event({
        type: `stripe.${type}`,
        stream: 'finance',
        time: at(onDay),
        entity: `account:${Math.floor(onDay) % 7}`,
        data: { data: { object: { currency: 'usd', ...object } } },
      }),
    );
  const lastScore = async (name: string) =>
    (await commits()).flatMap(({ scores }) => scores).findLast((score) => score.name === name);
  const asked = 'The frobnicator is blinking';

  it('make urgent what is urgent here; a way back gives what the cues alone say', async () => {
    await working(async ({ settled, models }) => {
      await talk(0, 'user.created', { source: { body: asked } });
      await settled();
      const byCues = await lastScore('urgency');
      for (let index = 1; index <= 40; index++) {
        const isUrgent = index % 2 === 0;
        await talk(index, 'user.created', { source: { body: isUrgent ? asked : 'A question about the invoice' } });
        if (isUrgent) await talk(index + 0.1, 'priority.updated', { priority: 'priority' });
        await talk(index + 0.2, 'admin.closed', { priority: isUrgent ? 'priority' : 'not_priority' });
      }
      await settled();
      await talk(50, 'user.created', { source: { body: asked } });
      await settled();
      const taught = await lastScore('urgency');
      expect(taught?.value).toBeGreaterThan((byCues?.value ?? 1) + 0.2);
      expect(taught && sumOf(taught.contributions)).toBe(taught?.value);
      expect(taught?.contributions.find(({ name }) => name === 'average case')?.quote).toMatch(/^urgency version \d/);

      await models.release('acme', 'urgency', { version: 0, by: 'ada', why: 'a test', at: at(50) });
      await settled();
      await talk(51, 'user.created', { source: { body: asked } });
      await settled();
      expect(
        (await lastScore('urgency'))?.contributions.map(({ name, weight, value }) => [name, weight, value]),
      ).toEqual(byCues?.contributions.map(({ name, weight, value }) => [name, weight, value]));
    });
  });

  it('tell which payments look like the frauds that were reported, and say nothing before', async () => {
    await working(async ({ settled, models }) => {
      for (let index = 0; index < 60; index++) {
        const isFraud = index % 2 === 1;
        await money(index, 'charge.succeeded', { id: `ch_${index}`, amount: isFraud ? 900_000 : 10_000 });
        const charge = { charge: `ch_${index}`, amount: 1, reason: 'fraudulent' };
        if (isFraud) await money(index + 0.1, 'charge.dispute.created', charge);
        else await append(legitimate(index));
        if (index === 10) {
          await settled();
          expect(await lastScore('transaction_risk')).toBeUndefined();
        }
      }
      await settled();
      expect((await models.get('acme', 'transaction_risk')).learned.outcomes).toEqual({ positive: 30, negative: 30 });
      await money(70, 'charge.succeeded', { id: 'ch_small', amount: 10_000 });
      await settled();
      const small = await lastScore('transaction_risk');
      await money(70.1, 'charge.succeeded', { id: 'ch_large', amount: 900_000 });
      await settled();
      const large = await lastScore('transaction_risk');
      expect(large?.value).toBeGreaterThan((small?.value ?? 1) + 0.2);
      expect(large && sumOf(large.contributions)).toBe(large?.value);
      expect(large?.contributions[0]?.quote).toMatch(/^transaction_risk version \d/);
    });
  });

  const legitimate = (index: number) =>
    event({
      type: 'weir.outcome.payment',
      stream: 'finance',
      time: at(index + 0.1),
      entity: `account:${index % 7}`,
      data: { payment: `ch_${index}`, outcome: 'legitimate' },
    });
});
