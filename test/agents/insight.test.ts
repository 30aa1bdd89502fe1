import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insight } from '../../src/agents/insight.ts';
import type { Random } from '../../src/simulate/random.ts';
import { aScore } from '../support/store.ts';
import { type Told, transitionsOf } from './operations/alerting.ts';
import { expectSameLater } from './operations/later.ts';
import { dayMs, happened, hourMs, type Metric, now, rfc, samplesOf } from './operations/telemetry.ts';
import { eachCompany } from './support/companies.ts';
import { type Lab, openLab } from './support/lab.ts';
import { createTally } from './support/tally.ts';

let lab: Lab;
beforeAll(async () => void (lab = await openLab()));
afterAll(() => lab.close());

const companies = 10;
const asOf = rfc(now);
const run = (skill: string, org: string) => lab.run({ agent: insight, org, skill, asOf });
const each = (name: string, company: (random: Random, org: string) => Promise<void>) =>
  eachCompany(name, companies, company);
const tell = (org: string, told: readonly Told[]) =>
  lab.store({ others: { alert_transitions: told.flatMap((one) => transitionsOf(org, one)) } });

/** A moment of the last 85 days; by `working` between 8 and 18 o'clock of a working day. */
const moment = (random: Random, working = false): number => {
  for (;;) {
    const at = now - random.next() * 85 * dayMs - dayMs;
    const [hour, day] = [new Date(at).getUTCHours(), new Date(at).getUTCDay()];
    if (!working || (hour >= 8 && hour < 18 && day >= 1 && day <= 5)) return at;
  }
};
let alerts = 0;
const alert = (rule: string, at: number, entity = 'service:api'): Told => ({
  rule,
  entity,
  at,
  about: `${(alerts += 1)}`,
});
const many = (count: number, make: (index: number) => Told) => Array.from({ length: count }, (_, index) => make(index));

describe('insight', () => {
  it('finds alerts that follow others, and not those that share working hours alone', async () => {
    const tally = createTally('insight alert-patterns');
    await each('patterns', async (random, org) => {
      const causes = many(14, () => alert('database-slow', moment(random)));
      const followers = causes
        .filter(() => random.chance(0.75))
        .map(({ at }) => alert('checkout-errors', at + random.int(2, 50) * 60_000, 'service:shop'));
      await tell(org, [
        ...causes,
        ...followers,
        ...many(4, () => alert('checkout-errors', moment(random), 'service:shop')),
        ...many(40, () => alert('unhappy-call', moment(random, true), 'account:a')),
        ...many(40, () => alert('deal-cold', moment(random, true), 'account:b')),
        ...many(20, () => alert('disk', moment(random))),
      ]);
      const { insights } = await run('alert-patterns', org);
      tally.count(
        ['watch/checkout-errors follows watch/database-slow'],
        insights.map(({ title }) => title.replace(' within an hour', '')),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('finds metrics that move together and which one leads, not those with the same day or trend', async () => {
    const tally = createTally('insight metric-correlations');
    await each('correlations', async (random, org) => {
      const hours = 21 * 24;
      const load = Array.from({ length: hours + 2 }, () => random.normal(0, 10));
      const day = (hour: number) => 100 * Math.sin((2 * Math.PI * hour) / 24) + hour / 5;
      const of = (entity: string, name: string, value: Metric['value']): Metric => ({ entity, name, days: 21, value });
      const metrics = [
        of('service:db', 'load', (hour) => 50 + day(hour) + (load[hour + 2] ?? 0)),
        of('service:web', 'latency', (hour) => 200 + 2 * (load[hour] ?? 0) + random.normal(0, 12)),
        of('service:mail', 'sent', (hour) => 300 + day(hour) + random.normal(0, 10)),
        of('service:cart', 'orders', (hour) => 80 + 2 * day(hour) + random.normal(0, 10)),
      ];
      await lab.store({ events: metrics.flatMap((metric) => samplesOf(org, metric)) });
      const { insights } = await run('metric-correlations', org);
      tally.count(
        ['latency of service:web moves with load of service:db, 2 h later'],
        insights.map(({ title }) => title),
      );
    });
    tally.expectAtLeast(0.95);
  });

  it('says what goes with an alert in health and money, against customers without it', async () => {
    const tally = createTally('insight business-impact');
    await each('impact', async (random, org) => {
      const accounts = Array.from({ length: 40 }, (_, index) => `account:c${index}`);
      const start = now - 150 * dayMs;
      const hit = new Map(accounts.slice(0, 12).map((entity) => [entity, now - random.int(40, 110) * dayMs]));
      const harmless = accounts.slice(12, 24).map((entity) => alert('news', now - random.int(40, 110) * dayMs, entity));
      const after = (entity: string, at: number) => at > (hit.get(entity) ?? Number.POSITIVE_INFINITY);
      const scores = accounts.flatMap((entity) =>
        Array.from({ length: 50 }, (_, step) => {
          const at = start + step * 3 * dayMs;
          // Everybody's health falls with the season.
          const value = 80 - step / 5 - (after(entity, at) ? 9 : 0) + random.normal(0, 5);
          return aScore({ id: `${org}${entity}${step}`, org, entity, value, time: rfc(at) });
        }),
      );
      const events = accounts.flatMap((entity) =>
        Array.from({ length: 20 }, (_, week) => {
          const at = start + week * 7 * dayMs + random.int(0, 20) * hourMs;
          const amount = Math.round((after(entity, at) ? 60_000 : 100_000) + random.normal(0, 8_000));
          const object = { object: 'invoice', id: `in${week}`, amount_paid: amount, currency: 'eur' };
          return happened(org, entity, 'stripe.invoice.paid', at, { data: { object } }, { stream: 'finance' });
        }),
      );
      await lab.store({ events, scores });
      await tell(org, [...[...hit].map(([entity, at]) => alert('outage', at, entity)), ...harmless]);
      const { insights } = await run('business-impact', org);
      tally.count(
        ['rule:watch/outage points', 'rule:watch/outage EUR'],
        insights.map(({ entity, effect }) => `${entity} ${effect.unit.split(' ')[0]}`),
      );
      for (const { effect } of insights) expect(effect.value).toBeLessThan(0);
    });
    tally.expectAtLeast(0.9);
  });

  it('finds alerts that come back at one time of the day or week, not all of working hours', async () => {
    const tally = createTally('insight recurring-patterns');
    await each('recurring', async (random, org) => {
      const midnight = now - 12 * hourMs;
      const daily = many(30, (day) =>
        alert('backup-late', midnight - day * 2 * dayMs + 3 * hourMs + random.normal(0, 0.3) * hourMs),
      );
      // 2026-03-30 is a Monday.
      const weekly = many(10, (week) =>
        alert('report-slow', midnight - week * 7 * dayMs - dayMs + 9 * hourMs + random.normal(0, 1) * hourMs),
      );
      await tell(org, [
        ...daily,
        ...weekly,
        ...many(40, () => alert('unhappy-call', moment(random, true), 'account:a')),
        ...many(20, () => alert('disk', moment(random))),
        // All day long, every day: it has no hour of its own, though each day has a first one.
        ...many(1_500, () => alert('restarts', moment(random))),
      ]);
      const { insights } = await run('recurring-patterns', org);
      tally.count(
        ['watch/backup-late every day', 'watch/report-slow every week'],
        insights.map(({ title }) => title.replace(' comes back', '').replace(/ around.*/, '')),
      );
      for (const { title } of insights) expect(title).toMatch(/around (0[23]:|Sunday (0[789]|1[01]):)/);
    });
    tally.expectAtLeast(0.95);
  });

  it('finds the hours that are unlike the same hour of other days', async () => {
    const tally = createTally('insight anomalies');
    await each('odd', async (random, org) => {
      const daily = (entity: string, odd: number): Metric => ({
        entity,
        name: 'requests',
        days: 14,
        value: (hour) =>
          500 + 300 * Math.sin((2 * Math.PI * hour) / 24) + random.normal(0, 30) + (hour === odd ? 450 : 0),
      });
      const metrics = [daily('service:cart', 14 * 24 - random.int(2, 20)), daily('service:web', 100)];
      await lab.store({ events: metrics.flatMap((metric) => samplesOf(org, metric)) });
      const { insights } = await run('anomalies', org);
      tally.count(
        ['service:cart'],
        insights.map(({ entity }) => entity),
      );
    });
    tally.expectAtLeast(0.95);
  });

  it('says the same of a moment when more has happened since', () =>
    expectSameLater(lab, insight, {
      anomalies: 'odd-1',
      'alert-patterns': 'patterns-1',
      'metric-correlations': 'correlations-1',
      'business-impact': 'impact-1',
      'recurring-patterns': 'recurring-1',
    }));

  it('abstains while too little is known', async () => {
    await tell('thin', [alert('disk', now - dayMs), alert('news', now - dayMs)]);
    for (const { id } of insight.card.skills) {
      expect(await run(id, 'thin')).toMatchObject({ insights: [], abstained: expect.stringContaining('No ') });
    }
  });
});
