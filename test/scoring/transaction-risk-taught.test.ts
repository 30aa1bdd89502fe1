import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTransactionRisk, reporting, riskModel } from '../../src/scoring/transaction-risk.ts';
import { cardReported, cardSeen, type Card } from '../../src/scoring/transaction/card.ts';
import { riskFeatureNames } from '../../src/scoring/transaction/features.ts';
import type { OnlineLogistic } from '../../src/scoring/transaction/online-logistic.ts';
import { deepFrozen } from './arbitraries.ts';
import { day } from './transactions.ts';

describe("the risk that an organisation's own reports teach", () => {
  const names = riskFeatureNames.length;
  /** Frauds are large; of the others one in ten is told, as pipelines do. */
  const rows = fc.sample(
    fc.record({ size: fc.double({ min: 0, max: 10, noNaN: true }), noise: fc.double({ min: 0, max: 1, noNaN: true }) }),
    { numRuns: 4_000, seed: 7 },
  );
  const featuresFor = ({ size, noise }: { size: number; noise: number }) =>
    Array.from({ length: names }, (_, at) => (at === 0 ? size : noise));
  const isFraud = ({ size }: { size: number }): boolean => size > 9;
  const taught = rows.reduce<OnlineLogistic>((model, row, index) => {
    const fraud = isFraud(row);
    if (!fraud && index % reporting.silentOneIn !== 0) return model;
    return deepFrozen(riskModel.learn(model, { features: featuresFor(row), fraud }));
  }, riskModel.initial);
  const judge = (size: number, model = taught) =>
    createTransactionRisk(model).score({ eventId: 'e', features: featuresFor({ size, noise: 0.5 }) }, null).figure;

  it('says nothing before a fraud was reported, however many were none', () => {
    const features = featuresFor({ size: 1, noise: 0.5 });
    const noFraud = riskModel.learn(riskModel.initial, { features, fraud: false });
    expect(judge(9.5, riskModel.initial)).toBeUndefined();
    expect(judge(9.5, noFraud)).toBeUndefined();
  });

  it('is high for what looks like a fraud and low for what does not', () => {
    expect(judge(9.9)?.value).toBeGreaterThan(0.4);
    expect(judge(3)?.value).toBeLessThan(0.02);
  });

  it('is as often true as it says, though only one in ten of the silent ones is told', () => {
    const said = rows.reduce((sum, { size, noise }) => {
      const features = featuresFor({ size, noise });
      return sum + (createTransactionRisk(taught).score({ eventId: 'e', features }, null).figure?.value ?? 0);
    }, 0);
    const frauds = rows.filter(isFraud).length;
    expect(said / frauds).toBeGreaterThan(0.6);
    expect(said / frauds).toBeLessThan(1.6);
  });

  it('shows what it was told, and which features say most', () => {
    const { outcomes, weights } = riskModel.show(taught);
    expect(outcomes.positive).toBe(rows.filter(isFraud).length);
    expect(weights[0]?.name).toBe('amount');
  });

  it('waits two months for a report, with six payments at most', () => {
    let card: Card = null;
    const seen = (index: number, at: number) =>
      cardSeen(
        card,
        { eventId: `p${index}`, at: at * 1_000, amount: 50, terminalRisk: undefined, everyone: undefined },
        reporting,
      );
    for (let index = 0; index < 30; index++) card = deepFrozen(seen(index, index * day).state);
    expect(card?.waiting[0]).toHaveLength(6);
    expect(JSON.stringify(card?.waiting).length).toBeLessThan(460);
    expect(cardReported(card, 'p29').examples).toMatchObject([{ fraud: true }]);
    expect(cardReported(card, 'p29', false).examples).toMatchObject([{ fraud: false }]);
    expect(seen(30, 88 * day).state.waiting[0].length).toBeGreaterThan(1);
    expect(seen(30, 95 * day).state.waiting[0]).toHaveLength(1);
  });
});
