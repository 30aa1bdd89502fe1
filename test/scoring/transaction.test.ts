import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transaction, type TransactionSeen } from '../../src/scoring/transaction.ts';
import type { Habits } from '../../src/scoring/transaction/habits.ts';
import { countAround, lastAfter, lastMax, noneYet } from '../../src/scoring/transaction/last.ts';
import { everyoneAfter, usualOf, usualOfEveryone, type Everyone } from '../../src/scoring/transaction/usual.ts';
import { deepFrozen } from './arbitraries.ts';

const hour = 3_600_000;
const day = 24 * hour;
const noon = 1_700_049_600_000;

/** Forty payments, one a day at noon, of about 50, at three shops in turn. */
const ordinary: readonly TransactionSeen[] = Array.from({ length: 40 }, (_, i) => ({
  eventId: `e${i}`,
  at: noon + i * day,
  amount: 50 + ((i * 7) % 11) - 5,
  counterparty: `shop ${i % 3}`,
}));
const next: TransactionSeen = { eventId: 'next', at: noon + 40 * day, amount: 50, counterparty: 'shop 1' };

function run(seen: readonly TransactionSeen[]) {
  let state: Habits = null;
  return seen.map((one) => {
    const scored = transaction.score(deepFrozen(one), deepFrozen(state));
    state = scored.state;
    return { figure: scored.figure, state };
  });
}

const figureOf = (...last: readonly TransactionSeen[]) => run([...ordinary, ...last]).at(-1)?.figure;
const reasonsFor = (...last: readonly TransactionSeen[]): readonly string[] =>
  figureOf(...last)?.contributions.map(({ name }) => name) ?? [];
const valueOf = (...last: readonly TransactionSeen[]): number => figureOf(...last)?.value ?? Number.NaN;

describe('a transaction without labels', () => {
  it('is ordinary when it is like the ones before', () => {
    expect(valueOf(next)).toBeLessThan(0.1);
    expect(reasonsFor(next)).toEqual(['amount']);
  });

  it('is the odder the more it is beyond what the card usually pays, and never odd for being small', () => {
    const values = [1, 40, 60, 90, 140, 500, 1e6].map((amount) => valueOf({ ...next, amount }));
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values[0]).toBeLessThan(0.01);
    expect(values[5]).toBeGreaterThan(0.9);
  });

  it('says beside what it measured the amount', () => {
    const [reason] = figureOf({ ...next, amount: 500 })?.contributions ?? [];
    expect(reason).toMatchObject({ name: 'amount', eventId: 'next' });
    expect(reason?.quote).toMatch(/^500, usually 50 ± \d/);
  });

  it('is odd for anybody where nobody pays as much, also on a card that varies much', () => {
    const varied = ordinary.map((one, i) => ({ ...one, amount: 20 + ((i * 37) % 160) }));
    const large = { ...next, amount: 400 };
    const everyone = { middle: 60, spread: 30 };
    const alone = run([...varied, large]).at(-1)?.figure?.value ?? Number.NaN;
    const beside = run([...varied, { ...large, everyone }]).at(-1)?.figure;
    expect(beside?.value).toBeGreaterThan(alone);
    expect(beside?.contributions[0]?.quote).toBe('400, everyone usually 60 ± 30');
  });

  it('is odd when many come within an hour', () => {
    const burst = Array.from({ length: 8 }, (_, i) => ({ ...next, eventId: `b${i}`, at: next.at + i * 60_000 }));
    expect(reasonsFor(...burst)).toContain('pace');
    expect(valueOf(...burst)).toBeGreaterThan(0.6);
  });

  it('is a little odd at an hour the card never pays at, and at a shop it never was at', () => {
    expect(reasonsFor({ ...next, at: next.at + 12 * hour })).toContain('hour');
    expect(reasonsFor({ ...next, counterparty: 'elsewhere' })).toContain('new counterparty');
    const roving = ordinary.map((one, i) => ({ ...one, counterparty: `shop ${i}` }));
    const last = run([...roving, { ...next, counterparty: 'elsewhere' }]).at(-1)?.figure;
    expect(last?.contributions.map(({ name }) => name)).toEqual(['amount']);
  });

  it('is held against the card for a while when another was odd before it, and names that one', () => {
    const odd = { ...next, eventId: 'odd', amount: 600 };
    const soon = { ...next, at: next.at + day };
    const late = { ...next, at: next.at + 60 * day };
    expect(figureOf(odd, soon)?.contributions.at(-1)).toMatchObject({
      name: 'odd transactions before',
      eventId: 'odd',
    });
    expect(valueOf(odd, soon)).toBeGreaterThan(valueOf(soon) + 0.2);
    expect(valueOf(odd, late)).toBeLessThan(valueOf(late) + 0.05);
  });

  it('says nothing of a card it hardly knows, unless it knows what everyone pays', () => {
    expect(run(ordinary.slice(0, 3)).map(({ figure }) => figure)).toEqual([undefined, undefined, undefined]);
    const everyone = { middle: 60, spread: 30 };
    const [first] = run([{ ...next, amount: 900, everyone }]);
    expect(first?.figure?.value).toBeGreaterThan(0.9);
    expect(first?.figure?.confidence).toBe(0);
  });

  it('takes no amount for what is none, and forgets nothing for it', () => {
    for (const amount of [Number.NaN, -5, Number.POSITIVE_INFINITY]) {
      const [before, after] = run([...ordinary, { ...next, amount }]).slice(-2);
      expect(after?.figure).toBeUndefined();
      expect(after?.state).toEqual(before?.state);
    }
  });

  it('keeps to a few kilobytes a card, adds up, and gives the same when its state was written down', () => {
    const seen = fc.record({
      eventId: fc.constantFrom('a', 'b'),
      at: fc.integer({ min: 0, max: 4e12 }),
      amount: fc.double({ min: 0, max: 1e14, noNaN: true }),
      counterparty: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 150 }), (list) => {
        let state: Habits = null;
        for (const one of list) {
          const scored = transaction.score(one, state);
          const again = transaction.score(one, JSON.parse(JSON.stringify(state)));
          expect(again).toEqual(scored);
          state = scored.state;
          if (!scored.figure) continue;
          const { value, contributions } = scored.figure;
          const sum = contributions.reduce((total, { weight, value }) => total + weight * value, 0);
          expect(Math.abs(sum - value)).toBeLessThan(1e-9);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        expect(JSON.stringify(state).length).toBeLessThan(3_000);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what is usual', () => {
  it('is the median, and 1.4826 times the median distance from it', () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 3, maxLength: lastMax });
    fc.assert(
      fc.property(amounts, (amounts) => {
        const sorted = amounts.toSorted((a, b) => a - b);
        const middle = sorted[sorted.length >> 1] ?? 0;
        const distances = amounts.map((amount) => Math.abs(amount - middle)).toSorted((a, b) => a - b);
        const mad = distances[(amounts.length - 1) >> 1] ?? 0;
        expect(usualOf(amounts)?.middle).toBe(middle);
        expect(usualOf(amounts)?.spread).toBeCloseTo(1.4826 * mad, 9);
      }),
    );
  });

  it('of everyone is followed to where the amounts lie, whatever single ones are', () => {
    let everyone: Everyone = null;
    for (let i = 0; i < 20_000; i += 1) everyone = everyoneAfter(everyone, i % 100 === 0 ? 1e6 : (i * 7) % 101);
    expect(usualOfEveryone(everyone)?.middle).toBeCloseTo(50, -1);
    expect(Math.abs((usualOfEveryone(everyone)?.spread ?? 0) - 25 * 1.4826)).toBeLessThan(6);
    expect(usualOfEveryone(everyoneAfter(null, 50))).toBeUndefined();
  });

  it('of hours goes round midnight', () => {
    const last = [23, 0, 1, 2].reduce((list, at) => lastAfter(list, at * 3_600, 1, 1), noneYet);
    expect(countAround(last, 0)).toBe(3);
  });
});
