import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import feedback from '../../pipelines/feedback.ts';
import finance from '../../pipelines/finance.ts';
import hubspot from '../../pipelines/hubspot.ts';
import intercom from '../../pipelines/intercom.ts';
import type { Json } from '../../src/core/json.ts';
import { sumOf, type Score } from '../../src/core/score.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import type { Log } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { event } from '../../src/pipeline/cases.ts';
import { createExamples } from '../../src/pipeline/examples.ts';
import { createModels } from '../../src/pipeline/model-service.ts';
import { appendEvent, aRuntime, commitsOf } from '../support/runtime.ts';
import { until } from '../support/until.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 5);
const clock = { now: () => start };

let path: string;
let log: Log;

const open = async () =>
  createEmbeddedLog({
    path,
    definitions: streamDefinitions(),
    clock,
    happened: { logDisconnected: () => undefined, logReconnected: () => undefined },
  });

beforeEach(async () => {
  path = mkdtempSync(join(tmpdir(), 'weir-learning-'));
  log = await open();
});
afterEach(async () => {
  await log.close();
  rmSync(path, { recursive: true, force: true });
});

/** A daemon's pipelines on the log, done with all there is. */
async function working<T>(use: (given: ReturnType<typeof parts>) => Promise<T>): Promise<T> {
  const given = parts();
  await given.runtime.start();
  try {
    return await use(given);
  } finally {
    await given.runtime.stop();
  }
}

function parts() {
  const pipelines = [{ ...hubspot, scores: [] }, finance, intercom, feedback];
  const runtime = aRuntime({ log, pipelines, effects: createExamples(log), clock });
  const settled = async () => {
    await until(async () => {
      const { lastSequence } = await log.info('EVENTS');
      return runtime.reached().sequence === lastSequence && runtime.unapplied() === 0;
    });
  };
  return { runtime, settled, models: createModels({ log, views: async (org) => runtime.models(org) }) };
}

const changed = (deal: number, onDay: number, propertyName: string, propertyValue: string) =>
  event({
    type: 'hubspot.deal.propertyChange',
    stream: 'hubspot',
    time: new Date(start + onDay * day).toISOString(),
    entity: `account:${deal % 7}`,
    data: { objectId: deal, propertyName, propertyValue },
  });

/** HubSpot's events wait a minute for others, so something later has to come. */
const say = (deal: number, onDay: number, stage: string) =>
  [changed(deal, onDay, 'dealstage', stage), changed(deal, onDay + 0.1, 'hs_next_step', 'Call')].map((one) =>
    appendEvent(log, one),
  );

/** Contracts that come to nothing, here and always. */
async function loseDeals(from: number, howMany: number): Promise<void> {
  const deals = Array.from({ length: howMany }, (_, index) => from + index);
  // Started in their order, and a log keeps that.
  await Promise.all(
    deals.flatMap((deal) => [...say(deal, deal, 'contractsent'), ...say(deal, deal + 0.5, 'closedlost')]),
  );
}

/** What is said of a new deal with a contract sent. */
async function judgedAt(deal: number, settled: () => Promise<void>): Promise<Score | undefined> {
  await Promise.all(say(deal, deal, 'contractsent'));
  await appendEvent(log, changed(deal, deal + 0.2, 'hs_next_step', 'Write'));
  await settled();
  const all = (await commitsOf(log)).flatMap(({ scores }) => scores);
  return all.find(({ name, subject }) => name === 'deal_propensity' && subject === String(deal));
}

const judgeOf = (score: Score | undefined): string | undefined => score?.contributions[0]?.quote?.split(';')[0];

describe('deals that close', () => {
  it('change what is said of the next ones; a way back restores the earlier figures, and a restart changes nothing', async () => {
    const first = await working(async ({ settled, models }) => {
      const shipped = await judgedAt(0, settled);
      expect(judgeOf(shipped)).toBe('deal_propensity as shipped');
      expect(shipped?.value).toBeGreaterThan(0.7);
      await loseDeals(1, 60);
      await settled();
      expect(await models.get('acme', 'deal_propensity')).toMatchObject({
        learned: { outcomes: { positive: 0, negative: 60 } },
        judging: { pinned: false },
      });
      return shipped;
    });
    await log.close();
    log = await open();

    await working(async ({ settled, models }) => {
      const learned = await judgedAt(100, settled);
      const { version } = (await models.get('acme', 'deal_propensity')).judging;
      expect(version).toBeGreaterThan(1);
      expect(judgeOf(learned)).toBe(`deal_propensity version ${version}`);
      expect(learned?.value).toBeLessThan((first?.value ?? 0) - 0.1);
      const sum = learned?.contributions.reduce((total, { weight, value }) => total + weight * value, 0);
      expect(sum).toBeCloseTo(learned?.value ?? NaN, 9);

      await models.release('acme', 'deal_propensity', {
        version: 0,
        by: 'ada',
        why: 'a test',
        at: '2026-01-05T00:00:00Z',
      });
      await settled();
      const back = await judgedAt(200, settled);
      expect([back?.value, back?.confidence, judgeOf(back)]).toEqual([first?.value, first?.confidence, judgeOf(first)]);
      expect(await models.get('acme', 'deal_propensity')).toMatchObject({
        judging: { version: 0, pinned: true },
        releases: expect.arrayContaining([expect.objectContaining({ version: 0, by: 'ada', why: 'a test' })]),
      });
    });
  });
});

describe('priorities and frauds that people tell of', () => {
  const at = (onDay: number): string => new Date(start + onDay * day).toISOString();
  const talk = (onDay: number, topic: string, item: { readonly [name: string]: Json }) =>
    appendEvent(
      log,
      event({
        type: `intercom.conversation.${topic}`,
        stream: 'intercom',
        time: at(onDay),
        entity: `account:${Math.floor(onDay) % 7}`,
        data: { data: { item: { id: String(Math.floor(onDay)), ...item } } },
      }),
    );
  const money = (onDay: number, type: string, object: { readonly [name: string]: Json }) =>
    appendEvent(
      log,
      event({
        type: `stripe.${type}`,
        stream: 'finance',
        time: at(onDay),
        entity: `account:${Math.floor(onDay) % 7}`,
        data: { data: { object: { currency: 'usd', ...object } } },
      }),
    );
  const lastScore = async (name: string) =>
    (await commitsOf(log)).flatMap(({ scores }) => scores).findLast((score) => score.name === name);
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
        else await appendEvent(log, legitimate(index));
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

describe('verdicts on alerts', () => {
  const at = (onDay: number): string => new Date(start + onDay * day).toISOString();
  /** Each of another customer, so that each raises an alert of its own. */
  const disputed = (onDay: number) =>
    appendEvent(
      log,
      event({
        type: 'stripe.charge.dispute.created',
        stream: 'finance',
        time: at(onDay),
        entity: `account:${onDay}`,
        data: { data: { object: { amount: 900_000, currency: 'usd', reason: 'duplicate' } } },
      }),
    );
  const judged = (onDay: number, outcome: string, rule = 'dispute') =>
    appendEvent(
      log,
      event({
        type: 'weir.outcome.alert',
        stream: 'custom',
        time: at(onDay),
        entity: `account:${onDay % 7}`,
        data: { alert: 'a', pipeline: 'finance', rule, outcome },
      }),
    );
  const lastAlert = async () => {
    const observation = (await commitsOf(log)).flatMap(({ alertObservations }) => alertObservations).at(-1);
    return observation?.kind === 'raised' ? observation.content : undefined;
  };

  it('lower the next alerts of the rule where they were noise; a way back tells them as before', async () => {
    await working(async ({ settled, models }) => {
      await disputed(0);
      await settled();
      expect(await lastAlert()).toMatchObject({ severity: 'critical', evidence: [{}] });
      for (let index = 0; index < 60; index++) await judged(1 + index, index % 10 === 0 ? 'useful' : 'noise');
      await settled();
      await disputed(100);
      await settled();
      expect(await lastAlert()).toMatchObject({
        severity: 'warning',
        evidence: [{}, { scores: [{ name: 'alert_usefulness' }] }],
      });
      expect((await models.get('acme', 'alert_usefulness')).learned.shares).toMatchObject([
        { name: 'finance/dispute', seen: 60, expected: 0.8 },
      ]);

      const back = { version: 0, by: 'ada', why: 'a test', at: at(100) };
      await models.release('acme', 'alert_usefulness', back);
      await settled();
      await disputed(101);
      await settled();
      expect(await lastAlert()).toMatchObject({ severity: 'critical', evidence: [{}] });
    });
  });
});
