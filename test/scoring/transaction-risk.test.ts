import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transactionRisk, type RiskSeen } from '../../src/scoring/transaction-risk.ts';
import { cardReported, cardSeen, type Card, type RiskExample } from '../../src/scoring/transaction/card.ts';
import { riskFeatureNames } from '../../src/scoring/transaction/features.ts';
import type { OnlineLogistic } from '../../src/scoring/transaction/online-logistic.ts';
import { deepFrozen } from './arbitraries.ts';
import { paid } from './transactions.ts';

describe('what a card makes known', () => {
  it('is no fraud when nobody reported it for a week, and not before', () => {
    let card: Card = null;
    const known: RiskExample[][] = [];
    for (let index = 0; index < 10; index += 1) {
      const seen = cardSeen(card, paid(index));
      card = deepFrozen(seen.state);
      known.push([...seen.examples]);
    }
    expect(known.map((examples) => examples.length)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect(known.flat().every(({ fraud }) => !fraud)).toBe(true);
  });

  it('is fraud when it is reported, with the features it was seen by, and once', () => {
    const first = cardSeen(null, paid(0, { amount: 77 }));
    const second = cardSeen(first.state, paid(1));
    const reported = cardReported(second.state, 'e0');
    expect(reported.examples).toEqual([{ features: first.features, fraud: true }]);
    expect(cardReported(reported.state, 'e0').examples).toEqual([]);
    expect(cardSeen(reported.state, paid(7.5)).examples).toEqual([]);
    expect(cardReported(null, 'e0')).toEqual({ state: null, examples: [] });
  });

  it('waits for no more than fifty', () => {
    let card: Card = null;
    for (let index = 0; index < 500; index += 1) card = cardSeen(card, paid(index / 1_000)).state;
    expect(card?.waiting[0]).toHaveLength(50);
    expect(JSON.stringify(card).length).toBeLessThan(7_500);
  });

  it('names every feature', () => {
    expect(cardSeen(null, paid(0)).features).toHaveLength(riskFeatureNames.length);
  });
});

describe('the risk of a transaction', () => {
  const bad = cardSeen(null, paid(0, { terminalRisk: { counts: [1, 7, 30], risks: [0.9, 0.5, 0.2] } })).features;
  const good = cardSeen(null, paid(0)).features;
  const lesson = (index: number): RiskSeen => ({
    eventId: `lesson ${index}`,
    examples: [
      { features: good, fraud: false },
      { features: good, fraud: false },
      { features: bad, fraud: true },
    ],
  });
  const taught = Array.from({ length: 100 }, (_, index) => lesson(index)).reduce<OnlineLogistic>(
    (model, seen) => deepFrozen(transactionRisk.score(seen, model).state),
    null,
  );

  it('is nothing before anything was learned, and nothing of a report', () => {
    expect(transactionRisk.score({ eventId: 'e', examples: [], features: good }, null).figure).toBeUndefined();
    expect(transactionRisk.score(lesson(0), null).figure).toBeUndefined();
  });

  it('is learned from what was reported', () => {
    const figureOf = (features: readonly number[]) =>
      transactionRisk.score({ eventId: 'e', examples: [], features }, taught).figure;
    expect(figureOf(bad)?.value).toBeGreaterThan(0.9);
    expect(figureOf(good)?.value).toBeLessThan(0.1);
    expect(figureOf(bad)?.confidence).toBeGreaterThan(0.8);
    const names = figureOf(bad)?.contributions.map(({ name }) => name);
    expect(names).toEqual([
      'average case',
      ...'1 d|7 d|30 d'.split('|').map((days) => `terminal's frauds, ${days}`),
      'all else',
    ]);
  });

  it('learns before it judges what comes with it', () => {
    const seen = { eventId: 'e', examples: [{ features: bad, fraud: true }], features: bad };
    expect(transactionRisk.score(seen, null).figure).toBeDefined();
  });

  it('adds up, and stays within 0 and 1, whatever the features', () => {
    const features = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), {
      minLength: riskFeatureNames.length,
      maxLength: riskFeatureNames.length,
    });
    const examples = fc.array(fc.record({ features, fraud: fc.boolean() }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(features, examples, (features, examples) => {
        const { figure } = transactionRisk.score({ eventId: 'e', examples, features }, taught);
        const sum = figure?.contributions.reduce((total, { weight, value }) => total + weight * value, 0) ?? Number.NaN;
        expect(Math.abs(sum - (figure?.value ?? 0))).toBeLessThan(1e-9);
        expect(figure?.value).toBeGreaterThanOrEqual(0);
        expect(figure?.value).toBeLessThanOrEqual(1);
        expect(figure?.contributions.length).toBeLessThan(30);
      }),
    );
  });

  it('keeps one small model', () => {
    expect(JSON.stringify(taught).length).toBeLessThan(2_500);
  });
});
