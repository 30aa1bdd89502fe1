import { describe, expect, it } from 'vitest';
import type { Score } from '../../src/core/score.ts';
import { event } from '../../src/pipeline/cases.ts';
import { at, learningDaemon } from './learning-daemon.ts';

const { working, append, commits, reopen } = learningDaemon();

const changed = (deal: number, onDay: number, propertyName: string, propertyValue: string) =>
  event({
    type: 'hubspot.deal.propertyChange',
    stream: 'hubspot',
    time: at(onDay),
    entity: `account:${deal % 7}`,
    data: { objectId: deal, propertyName, propertyValue },
  });

/** HubSpot's events wait a minute for others, so something later has to come. */
const say = (deal: number, onDay: number, stage: string) =>
  [changed(deal, onDay, 'dealstage', stage), changed(deal, onDay + 0.1, 'hs_next_step', 'Call')].map((one) =>
    append(one),
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
  await append(changed(deal, deal + 0.2, 'hs_next_step', 'Write'));
  await settled();
  const all = (await commits()).flatMap(({ scores }) => scores);
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
    await reopen();

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

describe('verdicts on alerts', () => {
  /** Each of another customer, so that each raises an alert of its own. */
  const disputed = (onDay: number) =>
    append(
      event({
        type: 'stripe.charge.dispute.created',
        stream: 'finance',
        time: at(onDay),
        entity: `account:${onDay}`,
        data: { data: { object: { amount: 900_000, currency: 'usd', reason: 'duplicate' } } },
      }),
    );
  const judged = (onDay: number, outcome: string, rule = 'dispute') =>
    append(
      event({
        type: 'weir.outcome.alert',
        stream: 'custom',
        time: at(onDay),
        entity: `account:${onDay % 7}`,
        data: { alert: 'a', pipeline: 'finance', rule, outcome },
      }),
    );
  const lastAlert = async () => {
    const observation = (await commits()).flatMap(({ alertObservations }) => alertObservations).at(-1);
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
