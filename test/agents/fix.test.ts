import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fix } from '../../src/agents/fix.ts';
import type { Random } from '../../src/simulate/random.ts';
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
const run = (skill: string, org: string) => lab.run({ agent: fix, org, skill, asOf });
const each = (name: string, company: (random: Random, org: string) => Promise<void>) =>
  eachCompany(name, companies, company);
const tell = (org: string, told: readonly Told[]) =>
  lab.store({ others: { alert_transitions: told.flatMap((one) => transitionsOf(org, one)) } });
let alerts = 0;
const fresh = () => `service:${(alerts += 1)}`;
const past = (random: Random) => now - random.int(12, 85) * dayMs;

describe('fix', () => {
  it('proposes what held before, to roll back what was changed just before, and says how to go back', async () => {
    const tally = createTally('fix remediation');
    await each('remediation', async (random, org) => {
      const answers = (rule: string, count: number, why: string, held: number): Told[] =>
        Array.from({ length: count }, () => {
          const one = { rule, entity: fresh(), at: past(random), ended: { hours: 2, by: 'alice', why } };
          const again = { ...one, at: one.at + dayMs, episode: 2, ended: { hours: 1 } };
          return random.chance(held) ? [one] : [one, again];
        }).flat();
      const open = (rule: string, entity: string): Told => ({ rule, entity, at: now - 2 * hourMs, title: rule });
      await tell(org, [
        ...answers('errors', 12, 'Rolled back', 0.85),
        ...answers('errors', 12, 'Restarted the pods', 0.85),
        ...answers('queue', 12, 'Added workers', 0.9),
        ...answers('disk', 10, 'Waited', 0.2),
        open('errors', 'service:cart'),
        open('queue', 'service:jobs'),
        open('disk', 'service:db'),
        open('unheard-of', 'service:new'),
      ]);
      const deploy = happened(org, 'service:cart', 'deployment.finished', now - 3 * hourMs, { version: 'v7' });
      await lab.store({ events: [deploy] });
      const { insights, output } = await run('remediation', org);
      tally.count(
        ['Roll back deployment.finished v7: errors', 'Do as before, "added workers": queue'],
        insights.map(({ title }) => title),
      );
      expect(JSON.stringify(output)).toContain('"undo":"Roll out the newer version again"');
    });
    tally.expectAtLeast(0.9);
  });

  it('asks approval for every step that changes anything, of two people where it cannot be taken back', async () => {
    await tell('approval', [
      ...Array.from({ length: 12 }, (_, n): Told => ({
        rule: 'disk',
        entity: fresh(),
        at: now - (20 + n) * dayMs,
        ended: { hours: 1, by: 'alice', why: 'Deleted old logs' },
      })),
      { rule: 'disk', entity: 'service:db', at: now - hourMs },
    ]);
    const { output } = await run('remediation', 'approval');
    expect(output).toMatchObject({
      proposals: [
        {
          steps: [{ sideEffects: 'none' }, { sideEffects: 'irreversible', approval: 'four-eyes', undo: null }],
          rollback: { do: expect.stringContaining('second person') },
        },
      ],
    });
    expect(fix.card.skills.every(({ sideEffects }) => sideEffects === 'none')).toBe(true);
  });

  it('matches alerts with the runbook that names their rule or has their words', async () => {
    const tally = createTally('fix runbook-match');
    const books = [
      {
        title: 'Database connections exhausted',
        text: 'postgres pool connections saturated waiting clients',
        rules: [],
      },
      { title: 'Disk nearly full', text: 'volume filesystem space logs retention delete', rules: ['watch/limit-near'] },
      { title: 'Payments provider down', text: 'stripe charges declined webhook provider status', rules: [] },
      { title: 'Certificate expires', text: 'tls certificate renewal acme expiry', rules: [] },
      { title: 'Queue backlog', text: 'queue backlog consumers lag workers kafka', rules: [] },
    ];
    const cases = [
      ['conn', 'Postgres pool of orders has no free connections', 'Database connections exhausted'],
      ['limit-near', 'Storage of archive reaches its end', 'Disk nearly full'],
      ['declines', 'Stripe charges declined for many customers', 'Payments provider down'],
      ['tls', 'The TLS certificate of shop is near expiry', 'Certificate expires'],
      ['lag', 'Consumers lag behind on the kafka queue', 'Queue backlog'],
      ['mood', 'Brightloom is unhappy with onboarding', undefined],
    ] as const;
    await each('runbook', async (random, org) => {
      const open = random.shuffled(cases).slice(0, 4);
      const at = now - 40 * dayMs;
      await lab.store({ events: books.map((book) => happened(org, 'org:self', 'runbook.published', at, book)) });
      await tell(
        org,
        open.map(([rule, title]) => ({ rule, title, entity: fresh(), at: now - hourMs })),
      );
      const { insights } = await run('runbook-match', org);
      tally.count(
        open.flatMap(([, title, book]) => (book === undefined ? [] : [`Runbook "${book}" for: ${title}`])),
        insights.map(({ title }) => title),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('tells whom a critical alert reaches, without those who are alerted of all the time', async () => {
    const tally = createTally('fix blast-radius');
    await each('radius', async (random, org) => {
      const at = now - 3 * hourMs;
      const reached = Array.from({ length: 6 }, (_, n) => `account:hit${n}`);
      const talker = { rule: 'news', entity: 'account:talker', at: 0 };
      await tell(org, [
        { rule: 'outage', entity: 'service:api', at, severity: 'critical' },
        ...reached.map((entity): Told => ({ rule: 'errors', entity, at: at + random.int(1, 100) * 60_000 })),
        // One who is alerted of all day, and quiet ones at other times.
        ...Array.from({ length: 400 }, (_, n): Told => ({
          ...talker,
          at: at + hourMs - n * 3 * hourMs,
          about: `${n}`,
        })),
        ...Array.from({ length: 30 }, (_, n): Told => ({
          rule: 'news',
          entity: `account:o${n}`,
          at: at - random.int(5, 1_500) * hourMs,
        })),
      ]);
      const invoice = { object: { amount_paid: 50_000, currency: 'eur' } };
      const paid = happened(
        org,
        'account:hit1',
        'stripe.invoice.paid',
        at - dayMs,
        { data: invoice },
        { stream: 'finance' },
      );
      await lab.store({ events: [paid] });
      const { insights, output } = await run('blast-radius', org);
      const radius = z.array(z.object({ reached: z.array(z.string()) })).parse(output['radius']);
      tally.count(
        reached,
        radius.flatMap((one) => one.reached),
      );
      expect(insights[0]?.action).toMatchObject({ expectedValue: 500, currency: 'EUR' });
    });
    tally.expectAtLeast(0.9);
  });

  it('looks whether what was mended is as usual again', async () => {
    const tally = createTally('fix verification');
    await each('verification', async (random, org) => {
      const days = 28;
      const [broke, fixed] = [days * 24 - 30, days * 24 - 20];
      const metric = (entity: string, until: number): Metric => ({
        entity,
        name: 'latency',
        days,
        value: (hour) =>
          200 +
          80 * Math.sin((2 * Math.PI * hour) / 24) +
          (hour >= broke && hour < until ? 150 : 0) +
          random.normal(0, 10),
      });
      const at = now - 30 * hourMs;
      await lab.store({
        events: [
          metric('service:mended', fixed),
          metric('service:still', days * 24),
          metric('service:calm', 0),
        ].flatMap((one) => samplesOf(org, one)),
      });
      await tell(
        org,
        ['service:mended', 'service:still', 'service:calm'].map((entity) => ({
          rule: 'slow',
          entity,
          at,
          ended: { hours: 10, by: 'alice', why: 'Restarted' },
        })),
      );
      const { insights } = await run('verification', org);
      tally.count(
        ['Mended: latency of service:mended', 'Not mended: latency of service:still'],
        insights.map(({ title }) => title),
      );
    });
    tally.expectAtLeast(0.9);
  });

  it('says the same of a moment when more has happened since', () =>
    expectSameLater(lab, fix, {
      remediation: 'remediation-1',
      'runbook-match': 'runbook-1',
      'blast-radius': 'radius-1',
      verification: 'verification-1',
    }));

  it('abstains while too little is known', async () => {
    await tell('thin', [{ rule: 'disk', entity: 'service:db', at: now - dayMs, severity: 'critical' }]);
    for (const { id } of fix.card.skills) {
      expect(await run(id, 'thin')).toMatchObject({ insights: [], abstained: expect.stringContaining('No ') });
    }
  });
});
