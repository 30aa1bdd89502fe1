import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { triage } from '../../src/agents/triage.ts';
import type { Random } from '../../src/simulate/random.ts';
import { type Told, transitionsOf } from './operations/alerting.ts';
import { expectSameLater } from './operations/later.ts';
import { dayMs, happened, hourMs, now, rfc } from './operations/telemetry.ts';
import { eachCompany } from './support/companies.ts';
import { agreed } from '../../src/agents/shared/agreed.ts';
import { createBoard, type Lab, openLab } from './support/lab.ts';
import { createTally } from './support/tally.ts';

let lab: Lab;
beforeAll(async () => void (lab = await openLab()));
afterAll(() => lab.close());

const companies = 10;
const asOf = rfc(now);
const run = (skill: string, org: string) => lab.run({ agent: triage, org, skill, asOf });
const each = (name: string, company: (random: Random, org: string) => Promise<void>) =>
  eachCompany(name, companies, company);
const tell = (org: string, told: readonly Told[]) =>
  lab.store({ others: { alert_transitions: told.flatMap((one) => transitionsOf(org, one)) } });
let alerts = 0;
const alert = (rule: string, at: number, more: Partial<Told> = {}): Told => ({
  rule,
  entity: `account:${(alerts += 1)}`,
  at,
  about: `${alerts}`,
  ...more,
});
const many = (count: number, make: (index: number) => Told) => Array.from({ length: count }, (_, index) => make(index));
const past = (random: Random) => now - random.int(5, 85) * dayMs;

describe('triage', () => {
  it('puts first what is severe, is acted on, and is about customers who pay much', async () => {
    const tally = createTally('triage priority');
    await each('priority', async (random, org) => {
      const acted = (share: number) => (random.chance(share) ? { taken: { hours: 0.5, by: 'alice' } } : {});
      const history = (rule: string, share: number) =>
        many(25, () => alert(rule, past(random), { ended: { hours: 3 }, ...acted(share) }));
      const open = (rule: string, title: string, more: Partial<Told>) =>
        alert(rule, now - random.int(1, 20) * hourMs, { title, entity: 'account:usual', ...more });
      await tell(org, [
        ...history('payment-failures', 0.9),
        ...history('news', 0.02),
        ...history('deal-cold', 0.5),
        open('payment-failures', 'critical one', { severity: 'critical' }),
        open('payment-failures', 'large customer', { severity: 'warning', entity: 'account:large' }),
        open('payment-failures', 'mild one', { severity: 'info' }),
        ...many(3, (index) => open('news', `noise ${index}`, { severity: 'critical', entity: `account:n${index}` })),
        open('deal-cold', 'small matter', { severity: 'warning' }),
      ]);
      const paid = (entity: string, amount: number) =>
        happened(
          org,
          entity,
          'stripe.invoice.paid',
          now - 10 * dayMs,
          { data: { object: { amount_paid: amount, currency: 'eur' } } },
          { stream: 'finance' },
        );
      await lab.store({
        events: [
          paid('account:large', 900_000),
          ...Array.from({ length: 7 }, (_, n) => paid(`account:p${n}`, 100_000)),
        ],
      });
      const { insights } = await run('priority', org);
      tally.count(
        ['critical one', 'large customer'],
        insights.map(({ title }) => title.replace(/^P\d: /, '')),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('says which warnings are likely to turn critical, by what became of their like at that age', async () => {
    const tally = createTally('triage risk-score');
    await each('risk', async (random, org) => {
      const history = (rule: string, share: number, hours: () => number) =>
        many(30, () => {
          const turns = random.chance(share);
          const updates = turns ? [{ hours: hours(), severity: 'critical' as const }] : [];
          return alert(rule, past(random), { updates, ended: { hours: turns ? 40 : random.int(8, 40) } });
        });
      await tell(org, [
        ...history('queue-growing', 0.8, () => random.int(4, 20)),
        ...history('disk-warning', 0.08, () => random.int(4, 20)),
        ...history('turns-at-once', 0.6, () => 0.5),
        alert('queue-growing', now - 2 * hourMs, { title: 'queue' }),
        alert('disk-warning', now - 2 * hourMs, { title: 'disk' }),
        alert('turns-at-once', now - 5 * hourMs, { title: 'old enough' }),
      ]);
      const { insights } = await run('risk-score', org);
      tally.count(
        ['queue'],
        insights.map(({ title }) => title.replace('Likely to turn critical: ', '')),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('gives each alert to who takes its like, and to the next one when the usual time is up', async () => {
    const tally = createTally('triage ticket');
    await each('ticket', async (random, org) => {
      const history = (rule: string, first: string, second: string) =>
        many(20, (index) =>
          alert(rule, past(random), {
            taken: { hours: random.int(5, 30) / 60, by: index % 4 === 0 ? second : first },
            ended: { hours: 5 },
          }),
        );
      await tell(org, [
        ...history('outage', 'alice', 'bob'),
        ...history('deal-cold', 'carol', 'dan'),
        alert('outage', now - hourMs / 30, { title: 'new outage' }),
        alert('outage', now - 0.7 * hourMs, { title: 'old outage' }),
        alert('deal-cold', now - hourMs / 30, { title: 'new deal' }),
        alert('deal-cold', now - 10 * hourMs, { title: 'forgotten deal', roles: ['sales'] }),
      ]);
      const { insights, output } = await run('ticket', org);
      const expected = ['alice: new outage', 'bob: old outage', 'carol: new deal', 'role:sales: forgotten deal'];
      tally.count(
        expected,
        insights.map(({ title }) => title.replace('For ', '')),
      );
      expect(output).toMatchObject({
        tickets: expect.arrayContaining([expect.objectContaining({ assignee: 'alice' })]),
      });
      const board = createBoard();
      const value = insights.at(-1)?.entity ?? '';
      await agreed(board, 'suspect', { value, by: 'monitor', confidence: 0.9, evidence: 1 }, 'surer-stands');
      const pointed = await lab.run({ agent: triage, org, skill: 'ticket', asOf, board });
      expect(pointed.insights[0]).toMatchObject({
        entity: value,
        detail: expect.stringContaining(`points to ${value}`),
      });
      expect(pointed.output).toMatchObject({ suspect: { value, by: 'monitor' } });
    });
    tally.expectAtLeast(0.95);
  });

  it('groups what is one thing, and leaves the rest alone', async () => {
    const tally = createTally('triage duplicates');
    await each('duplicates', async (random, org) => {
      const base = now - random.int(2, 10) * hourMs;
      const entity = 'service:api';
      const storm = many(6, (n) =>
        alert('metric-silent', base + n * 60_000, {
          title: `Service ${n} is not heard of: cpu`,
          entity: `service:s${n}`,
          about: 'x',
        }),
      );
      const incident = ['service-unusual', 'limit-near', 'slow'].map((rule, n) =>
        alert(rule, base - hourMs + n * 5 * 60_000, { entity, about: 'x', title: `${rule} somewhere` }),
      );
      const single = many(8, (n) =>
        alert('unhappy-call', base - n * 2 * hourMs, { title: `A sad call with customer ${n}`, about: 'x' }),
      );
      await tell(org, [...storm, ...incident, ...single, alert('slow', base - 30 * hourMs, { entity, about: 'y' })]);
      const { output } = await run('duplicates', org);
      const id = ({ rule, entity: whom }: Told) => `watch/${rule}/${whom}/x`;
      const pairs = (group: readonly string[]) =>
        group.flatMap((a) => group.filter((b) => a < b).map((b) => `${a} ${b}`));
      const found = Array.isArray(output['groups']) ? output['groups'] : [];
      tally.count(
        [storm, incident].flatMap((group) => pairs(group.map(id))),
        found.flatMap((group) => pairs(Array.isArray(group) ? group.map(String) : [])),
      );
    });
    tally.expectAtLeast(0.95);
  });

  it('says the same of a moment when more has happened since', () =>
    expectSameLater(lab, triage, {
      priority: 'priority-1',
      'risk-score': 'risk-1',
      ticket: 'ticket-1',
      duplicates: 'duplicates-1',
    }));

  it('abstains while too little is known', async () => {
    await tell('thin', [alert('disk', now - dayMs)]);
    for (const { id } of triage.card.skills) {
      expect(await run(id, 'thin')).toMatchObject({ insights: [], abstained: expect.stringContaining('No ') });
    }
  });
});
