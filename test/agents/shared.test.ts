import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { abstain, createAnalyst, found, insightsMax, ranked } from '../../src/agents/shared/analyst.ts';
import { canonical } from '../../src/core/canonical.ts';
import { inLast, payments } from '../../src/agents/shared/sql.ts';
import {
  confidenceOf,
  discoveries,
  normalOf,
  rates,
  sampleOf,
  shareInterval,
  shares,
  welch,
} from '../../src/agents/shared/statistics.ts';
import type { AgentInsight } from '../../src/core/agent.ts';
import { asOf, createBooks } from './support/books.ts';
import { openLab, type Lab } from './support/lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());

const anInsight = (given: Partial<AgentInsight> = {}): AgentInsight => ({
  kind: 'risk',
  entity: 'account:a',
  title: 'A risk',
  detail: 'It is one.',
  evidence: [],
  effect: { name: 'share', value: 0.5, unit: '' },
  confidence: 0.8,
  action: { text: 'Call them', expectedValue: null, currency: null },
  ...given,
});

const analyst = createAnalyst({
  name: 'test',
  version: 1,
  description: 'Tests',
  skills: {
    revenue: {
      description: 'Sums what was paid',
      output: ['revenue'],
      find: async ({ ask }) => {
        const sums = await ask(
          `SELECT entity, round(sum(amount), 2) AS paid, count() AS n FROM ${payments}
           WHERE ${inLast(30)} GROUP BY entity ORDER BY entity`,
        );
        if (sums.rows.length === 0) return abstain('no payments within 30 days');
        const insights = Array.from({ length: 9 }, (_, index) =>
          anInsight({ title: `Finding ${index}`, evidence: [sums.evidence('what was paid')] }),
        );
        return found(insights, { sums: sums.rows });
      },
    },
  },
});

describe('an analyst', () => {
  it('counts what was paid up to the time it is asked for, and money that went back', async () => {
    const books = createBooks('paid');
    books.payment('account:a', 5, 100);
    books.payment('account:a', 40, 1_000);
    books.payment('account:b', 3, 50.5);
    books.refund('account:b', 2, 20.25);
    books.payment('account:b', -1, 77);
    await lab.store(books);
    const report = await lab.run({ agent: analyst, org: 'paid', skill: 'revenue', asOf });
    expect(report.output['sums']).toEqual([
      { entity: 'account:a', paid: 100, n: 1 },
      { entity: 'account:b', paid: 30.25, n: 2 },
    ]);
    expect(report.insights).toHaveLength(insightsMax);
    expect(report.insights[0]?.evidence[0]?.params).toEqual({ asOf });
  });

  it('abstains where there is nothing to go by', async () => {
    const report = await lab.run({ agent: analyst, org: 'nobody', skill: 'revenue', asOf });
    expect(report.abstained).toContain('no payments');
  });

  it('tells of evidence that would not give the same again', async () => {
    const liar = createAnalyst({
      name: 'liar',
      version: 1,
      description: 'Lies',
      skills: {
        lie: {
          description: 'Lies',
          output: [],
          find: async ({ ask }) => {
            const asked = (await ask('SELECT count() AS n FROM events')).evidence('all');
            return found([anInsight({ evidence: [{ ...asked, rowsHash: 'another' }] })]);
          },
        },
      },
    });
    await expect(lab.run({ agent: liar, org: 'paid', skill: 'lie', asOf })).rejects.toThrow('asked again');
  });

  it('is asked only for skills it has', async () => {
    await expect(lab.run({ agent: analyst, org: 'paid', skill: 'dance', asOf })).rejects.toThrow(RangeError);
  });

  it('puts first what is worth most, as sure as it is', () => {
    const worth = (expectedValue: number | null, confidence: number) =>
      anInsight({ confidence, action: { text: 'Act', expectedValue, currency: null } });
    const sorted = ranked([worth(null, 0.9), worth(100, 0.5), worth(-60, 0.9), worth(null, 0.95)]);
    expect(sorted.map(({ action }) => action.expectedValue)).toEqual([-60, 100, null, null]);
    expect(sorted[2]?.confidence).toBe(0.95);
  });
});

describe('the same rows', () => {
  it('have the same text, whatever the order of their keys', () => {
    expect(canonical({ b: [1, 'x', null], a: { d: 0.1, c: true } })).toBe('{"a":{"c":true,"d":0.1},"b":[1,"x",null]}');
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())), (object) => {
        const turned = Object.fromEntries(Object.entries(object).toReversed());
        expect(canonical(turned)).toBe(canonical(object));
        expect(JSON.parse(canonical(object))).toEqual(object);
      }),
    );
  });
});

describe('confidence', () => {
  const z = fc.double({ min: -20, max: 20, noNaN: true });
  const n = fc.integer({ min: 0, max: 100_000 });

  it('lies between a half and 0.99, and grows with the effect and with what was observed', () => {
    fc.assert(
      fc.property(z, z, n, n, (z1, z2, n1, n2) => {
        const sure = confidenceOf({ z: z1, n: n1 });
        expect(sure).toBeGreaterThanOrEqual(0.5);
        expect(sure).toBeLessThanOrEqual(0.99);
        const more = { z: Math.max(Math.abs(z1), Math.abs(z2)), n: Math.max(n1, n2) };
        expect(confidenceOf(more)).toBeGreaterThanOrEqual(sure - 1e-9);
      }),
    );
  });

  it('is what the formula says', () => {
    expect(confidenceOf({ z: 0, n: 50 })).toBeCloseTo(0.5, 6);
    expect(confidenceOf({ z: 2, n: 4 })).toBeCloseTo(0.9214, 3);
    expect(confidenceOf({ z: 1.96, n: 1e9 })).toBeCloseTo(0.975, 3);
  });
});

describe('differences', () => {
  it('turn about with the samples', () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const [there, back] = [welch(sampleOf(a), sampleOf(b)).z, welch(sampleOf(b), sampleOf(a)).z];
        expect(there).toBeCloseTo(-back, 9);
      }),
    );
    expect(shares({ hits: 9, of: 10 }, { hits: 1, of: 10 }).z).toBeCloseTo(3.13, 2);
    expect(rates(25, 1, 100, 1).z).toBeLessThan(-6);
    expect(rates(10, 1, 10, 1).z).toBe(0);
  });

  it('of few values are less sure than a normal deviate: t of 2.776 with 4 degrees is 1.96', () => {
    expect(normalOf(2.776, 4)).toBeCloseTo(1.96, 1);
    expect(normalOf(-2.228, 10)).toBeCloseTo(-1.96, 1);
  });

  it('of which there are many stand only where chance would not make as many', () => {
    expect(discoveries([0.001, 0.02, 0.04, 0.9], (p) => p, 0.05)).toEqual([0.001, 0.02]);
    expect(discoveries([0.3, 0.5], (p) => p)).toEqual([]);
    expect(discoveries([], (p: number) => p)).toEqual([]);
  });

  it('of a share lie within its interval', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1, max: 50 }), (hits, more) => {
        const [lower, upper] = shareInterval(hits, hits + more);
        expect(lower).toBeLessThanOrEqual(hits / (hits + more) + 1e-12);
        expect(upper).toBeGreaterThanOrEqual(hits / (hits + more) - 1e-12);
      }),
    );
  });
});
