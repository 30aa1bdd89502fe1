import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learn } from '../../src/agents/learn.ts';
import type { Random } from '../../src/simulate/random.ts';
import { aScore } from '../support/store.ts';
import { type Told, transitionsOf } from './operations/alerting.ts';
import { expectSameLater } from './operations/later.ts';
import { dayMs, happened, hourMs, now, rfc } from './operations/telemetry.ts';
import { eachCompany } from './support/companies.ts';
import { type Lab, openLab } from './support/lab.ts';
import { createTally } from './support/tally.ts';

let lab: Lab;
beforeAll(async () => void (lab = await openLab()));
afterAll(() => lab.close());

const companies = 10;
const asOf = rfc(now);
const run = (skill: string, org: string) => lab.run({ agent: learn, org, skill, asOf });
const each = (name: string, company: (random: Random, org: string) => Promise<void>) =>
  eachCompany(name, companies, company);
const tell = (org: string, told: readonly Told[]) =>
  lab.store({ others: { alert_transitions: told.flatMap((one) => transitionsOf(org, one)) } });
let alerts = 0;
const many = (count: number, make: (index: number) => Told) => Array.from({ length: count }, (_, index) => make(index));

/** An alert of an entity of its own that a person ended so; `back`: that was there again a day later, else nine days later. */
function answered(rule: string, at: number, hours: number, why: string, back = false): Told[] {
  const entity = `service:${(alerts += 1)}`;
  const again = at + hours * hourMs + (back ? 1 : 9) * dayMs;
  return [
    { rule, entity, at, ended: { hours, by: 'alice', why } },
    { rule, entity, at: again, episode: 2, ended: { hours: 1, why: 'as usual again' } },
  ];
}
const past = (random: Random) => now - random.int(12, 85) * dayMs;

describe('learn', () => {
  it('writes down answers after which an alert stayed away, and not those after which it came back', async () => {
    const tally = createTally('learn runbooks');
    await each('runbooks', async (random, org) => {
      const answers = (rule: string, count: number, why: string, held: number) =>
        Array.from({ length: count }, (_, n) =>
          answered(rule, past(random), random.int(1, 6), `${why} ${n}`, !random.chance(held)),
        ).flat();
      await tell(org, [
        ...answers('errors', 14, 'Rolled back release', 0.93),
        ...answers('errors', 14, 'Restarted pod', 0.25),
        ...answers('queue-long', 12, 'Added workers', 0.95),
        ...answers('disk', 12, 'Deleted old logs', 0.4),
        ...answers('disk', 3, 'Grew the volume', 1),
      ]);
      const { insights } = await run('runbooks', org);
      tally.count(
        ['watch/errors: rolled back release #', 'watch/queue-long: added workers #'],
        insights.map(({ title }) => title.replace('Runbook for ', '')),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('finds the answer that ends alerts of a rule faster than others', async () => {
    const tally = createTally('learn best-practice');
    await each('practice', async (random, org) => {
      const answers = (rule: string, why: string, hours: number) =>
        Array.from({ length: 12 }, () =>
          answered(rule, past(random), hours * Math.exp(random.normal(0, 0.4)), why),
        ).flat();
      await tell(org, [
        ...answers('errors', 'Rolled back', 1),
        ...answers('errors', 'Looked for the cause', 5),
        ...answers('queue-long', 'Added workers', 3),
        ...answers('queue-long', 'Paused the import', 3),
      ]);
      const { insights } = await run('best-practice', org);
      tally.count(
        ['watch/errors: rolled back'],
        insights.map(({ title }) => title.replace(' ends fastest by', '')),
      );
    });
    tally.expectAtLeast(0.85);
  });

  it('finds rules that nobody acts on', async () => {
    const tally = createTally('learn noisy-rules');
    await each('noisy', async (random, org) => {
      const rule = (name: string, count: number, acted: number, hours: number) =>
        many(count, () => ({
          rule: name,
          entity: `service:${(alerts += 1)}`,
          at: past(random),
          ended: { hours: hours * (0.5 + random.next()) },
          ...(random.chance(acted) && { taken: { hours: 0.1, by: 'bob' } }),
        }));
      await tell(org, [
        ...rule('cpu-high', 60, 0.02, 0.3),
        ...rule('news', 40, 0.01, 30),
        ...rule('payment-failures', 40, 0.7, 8),
        ...rule('deal-cold', 30, 0.35, 40),
        ...rule('seldom', 6, 0, 1),
      ]);
      const { insights } = await run('noisy-rules', org);
      tally.count(
        ['rule:watch/cpu-high', 'rule:watch/news'],
        insights.map(({ entity }) => entity),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('says which probabilities did not come true, and leaves alone those that did', async () => {
    const tally = createTally('learn calibration');
    await each('calibration', async (random, org) => {
      const overconfident = random.chance(0.5);
      const scores = [];
      const events = [];
      for (let n = 0; n < 200; n += 1) {
        const entity = `account:${n}`;
        const truth = 0.15 + 0.7 * random.next();
        const at = now - random.int(80, 160) * dayMs;
        const sure = Math.min(0.98, Math.max(0.02, 0.5 + (truth - 0.5) * 2));
        const deal = { name: 'deal_propensity', subject: `${n}`, value: overconfident ? sure : truth };
        scores.push(aScore({ ...deal, id: `d${n}`, org, entity, time: rfc(at) }));
        const outcome = random.chance(truth) ? 'won' : 'lost';
        events.push(happened(org, entity, 'weir.outcome.deal', at + 20 * dayMs, { deal: n, outcome }));
        const leaving = 0.05 + 0.3 * random.next();
        const churn = { name: 'churn_risk', value: overconfident ? leaving : Math.min(1, leaving + 0.25) };
        scores.push(aScore({ ...churn, id: `c${n}`, org, entity, time: rfc(at) }));
        if (random.chance(leaving))
          events.push(happened(org, entity, 'weir.outcome.account', at + 30 * dayMs, { outcome: 'churned' }));
      }
      await lab.store({ scores, events });
      const { insights } = await run('calibration', org);
      tally.count(
        [overconfident ? 'deal_propensity is too sure of itself' : 'churn_risk is too high'],
        insights.map(({ title }) => title),
      );
    });
    tally.expectAtLeast(0.85);
  });

  it('says the same of a moment when more has happened since', () =>
    expectSameLater(lab, learn, {
      runbooks: 'runbooks-1',
      'best-practice': 'practice-1',
      'noisy-rules': 'noisy-1',
      calibration: 'calibration-1',
    }));

  it('abstains while too little is known', async () => {
    await tell('thin', answered('disk', now - 20 * dayMs, 2, 'Deleted logs'));
    for (const { id } of learn.card.skills) {
      expect(await run(id, 'thin')).toMatchObject({ insights: [], abstained: expect.stringContaining('No ') });
    }
  });
});
