import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insight } from '../../src/agents/insight.ts';
import { monitor } from '../../src/agents/monitor.ts';
import { notedOn } from '../../src/agents/shared/agreed.ts';
import { canonical } from '../../src/core/canonical.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createRandom, type Random } from '../../src/simulate/random.ts';
import { expectSameLater } from './operations/later.ts';
import { dayMs, happened, hourMs, type Metric, now, rfc, samplesOf } from './operations/telemetry.ts';
import { eachCompany } from './support/companies.ts';
import { createBoard, type Lab, openLab } from './support/lab.ts';
import { createTally } from './support/tally.ts';

let lab: Lab;
beforeAll(async () => void (lab = await openLab()));
afterAll(() => lab.close());

const companies = 12;
const asOf = rfc(now);
const days = 28;
const run = (skill: string, org: string) => lab.run({ agent: monitor, org, skill, asOf });

/** Calm metrics beside the planted ones: flat, and up and down with the day. */
const calm = (random: Random): Metric[] => [
  { entity: 'service:api', name: 'latency', days, value: () => 120 + random.normal(0, 8) },
  { entity: 'service:web', name: 'errors', days, value: () => 0.02 + Math.abs(random.normal(0, 0.004)) },
];
const daily = (random: Random, entity: string): Metric => ({
  entity,
  name: 'requests',
  days,
  value: (hour) => 500 + 300 * Math.sin((2 * Math.PI * hour) / 24) + random.normal(0, 40),
});
const storeMetrics = (org: string, metrics: readonly Metric[]) =>
  lab.store({ events: metrics.flatMap((metric) => samplesOf(org, metric)) });
const each = (name: string, company: (random: Random, org: string) => Promise<void>) =>
  eachCompany(name, companies, company, '');
const metricsIn = (output: readonly { entity: string; title: string }[]) =>
  output.map(({ entity, title }) => `${entity} ${title.split(' ')[0]}`);

describe('monitor', () => {
  it('knows which metrics follow the hour of the day, and which left their level', async () => {
    const tally = createTally('monitor baselines');
    await each('baselines', async (random, org) => {
      const moved: Metric = {
        entity: 'service:db',
        name: 'queue',
        days,
        value: (hour) => 40 + (hour >= 21 * 24 ? 12 : 0) + random.normal(0, 4),
      };
      await storeMetrics(org, [...calm(random), daily(random, 'service:cart'), moved]);
      const { insights } = await run('baselines', org);
      tally.count(['service:cart requests', 'service:db queue'], metricsIn(insights));
    });
    tally.expectAtLeast(0.9);
  });

  it('finds the hours that neither trend nor hour of the day explain', async () => {
    const [tally, second] = [createTally('monitor anomalies'), createTally('insight anomalies')];
    const [byMonitor, byInsight]: [JsonObject[], JsonObject[]] = [[], []];
    const suspects: unknown[] = [];
    await each('anomalies', async (random, org) => {
      const odd = days * 24 - random.int(2, 20);
      const spiked = daily(random, 'service:cart');
      const planted: Metric = { ...spiked, value: (hour) => spiked.value(hour) + (hour === odd ? 450 : 0) };
      // Long ago: no news any more.
      const past: Metric = {
        ...daily(random, 'service:past'),
        value: (hour) => (hour === 200 ? 2_000 : spiked.value(hour)),
      };
      await storeMetrics(org, [...calm(random), planted, past, daily(random, 'service:search')]);
      const { insights } = await run('anomalies', org);
      tally.count(['service:cart requests'], metricsIn(insights));
      const board = createBoard();
      for (const [agent, found] of [
        [monitor, byMonitor],
        [insight, byInsight],
      ] as const) {
        const report = await lab.run({ agent, org, skill: 'anomalies', asOf, board });
        if (agent === insight) second.count(['service:cart requests'], metricsIn(report.insights));
        found.push(report.output);
      }
      suspects.push((await notedOn(board, 'suspect'))?.value);
    });
    tally.expectAtLeast(0.85);
    second.expectAtLeast(0.85);
    // Nothing but which metrics are odd, so that two who found the same have given the same.
    const agreeing = byMonitor.filter((output, at) => canonical(output) === canonical(byInsight[at] ?? {}));
    expect(agreeing.length).toBeGreaterThanOrEqual(companies * 0.7);
    expect(suspects.filter((each) => each === 'service:cart').length).toBeGreaterThanOrEqual(companies * 0.8);
  });

  it('says what a change did, and not what had begun before it or happens every day', async () => {
    const tally = createTally('monitor change-impact');
    await each('change', async (random, org) => {
      const changedAt = days * 24 - random.int(8, 60);
      const at = now - (days * 24 - changedAt) * hourMs;
      const step = (entity: string, from: number): Metric => ({
        entity,
        name: 'latency',
        days,
        value: (hour) => 100 + (hour >= from ? 40 : 0) + random.normal(0, 8),
      });
      await storeMetrics(org, [
        step('service:cart', changedAt),
        daily(random, 'service:cart'),
        step('service:db', changedAt - 8),
        ...calm(random),
      ]);
      const deploys = ['service:cart', 'service:db', 'service:api'].map((entity, index) =>
        happened(org, entity, 'deployment.finished', at, { version: `v${index}` }),
      );
      await lab.store({ events: deploys });
      const { insights } = await run('change-impact', org);
      tally.count(['service:cart latency'], metricsIn(insights));
    });
    tally.expectAtLeast(0.85);
  });

  it('tells which metrics reach their limit within two weeks, and in how many days', async () => {
    const tally = createTally('monitor capacity');
    await each('capacity', async (random, org) => {
      const disk = (entity: string, level: number, perDay: number): Metric => ({
        entity,
        name: 'disk',
        days: 14,
        limit: 100,
        value: (hour) => level - perDay * (14 - hour / 24) + random.normal(0, 1),
      });
      const perDay = 1.5 + random.next() * 2;
      const left = random.int(2, 9);
      await storeMetrics(org, [
        disk('service:db', 100 - left * perDay, perDay),
        disk('service:slow', 60, 0.4),
        disk('service:flat', 85, 0),
        disk('service:falling', 90, -1),
      ]);
      const { insights } = await run('capacity', org);
      tally.count(['service:db disk'], metricsIn(insights));
      for (const { effect } of insights) expect(Math.abs(effect.value - left)).toBeLessThan(2);
    });
    tally.expectAtLeast(0.95);
  });

  it('says the same of a moment when more has happened since', () =>
    expectSameLater(lab, monitor, {
      baselines: 'baselines-1',
      anomalies: 'anomalies-1',
      'change-impact': 'change-1',
      capacity: 'capacity-1',
    }));

  it('abstains while too little is known, and looks at nothing that happens later', async () => {
    await storeMetrics('thin', [{ ...daily(createRandom('1'), 'service:cart'), days: 2 }]);
    for (const skill of monitor.card.skills.map(({ id }) => id)) {
      expect(await run(skill, 'thin')).toMatchObject({ insights: [], abstained: expect.stringContaining('No ') });
    }
    const before = { agent: monitor, org: 'anomalies-1', skill: 'anomalies', asOf: rfc(now - 2 * dayMs) };
    expect((await lab.run(before)).insights).toEqual([]);
  });
});
