import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsMax } from '../../src/scoring/learning/columns.ts';
import {
  checkpoint,
  learn,
  logisticOf,
  logitIn,
  predict,
  quickened,
  rollback,
  weightsOf,
  type Features,
  type Logistic,
} from '../../src/scoring/learning/logistic.ts';
import { deepFrozen } from './arbitraries.ts';
import { cases } from './cases.ts';

const expected = {
  baseRate: 0.3,
  numbers: { tenure: { weight: -0.8, mean: 24, deviation: 20 } },
  categories: { contract: { 'month-to-month': 0.7, 'two years': -1.2 } },
};

const word = fc.constantFrom('month-to-month', 'two years', 'constructor', '__proto__', 'toString', '');
const value = fc.oneof(word, fc.double(), fc.integer({ min: -100, max: 100 }));
const features: fc.Arbitrary<Features> = fc.dictionary(
  fc.constantFrom('tenure', 'contract', 'plan', 'seats', 'constructor', '__proto__'),
  value,
);
const rows = fc.array(fc.record({ features, label: fc.boolean() }), { maxLength: 40 });

const taught = (model: Logistic, list: readonly { features: Features; label: boolean }[]): Logistic =>
  list.reduce((model, { features, label }) => deepFrozen(learn(model, features, label)), deepFrozen(model));

describe('a logistic model', () => {
  it('says what its reasons add up to, exactly', () => {
    fc.assert(
      fc.property(rows, features, (list, asked) => {
        const model = taught(logisticOf(expected), list);
        const { base, logit, probability, contributions } = predict(model, asked);
        const sum = contributions.reduce((total, { weight, value }) => total + weight * value, base);
        expect(Math.abs(sum - logit)).toBeLessThan(1e-9);
        expect(Math.abs(logitIn(model, asked) - logit)).toBeLessThan(1e-9);
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('gives the same again, also when it was written down after every row, and changes nothing in place', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const written = list.reduce<Logistic>(
          (model, { features, label }) => JSON.parse(JSON.stringify(learn(model, features, label))),
          logisticOf(expected),
        );
        expect(JSON.stringify(written)).toBe(JSON.stringify(taught(logisticOf(expected), list)));
      }),
    );
  });

  it('goes by what the expert expects before it has learned anything', () => {
    const model = logisticOf(expected);
    expect(predict(model, {}).probability).toBeCloseTo(0.3);
    expect(predict(model, { contract: 'month-to-month' }).logit).toBeCloseTo(predict(model, {}).logit + 0.7);
    expect(predict(model, { tenure: 44 }).logit).toBeCloseTo(predict(model, {}).logit - 0.8);
  });

  it('names its reasons so that they can be read', () => {
    const { contributions } = predict(logisticOf(expected), { contract: 'month-to-month', tenure: 4 });
    expect(contributions.map(({ name }) => name)).toEqual(['contract: month-to-month', 'tenure']);
    expect(contributions.find(({ name }) => name === 'tenure')).toMatchObject({ weight: -0.8, value: -1 });
  });

  it('learns what numbers and words say, and lists it by name', () => {
    const list = cases(4_000, 'logistic', (x) => 1 / (1 + Math.exp(1 - 2 * x)));
    const model = taught(
      logisticOf({ baseRate: 0.5 }, { rate: 0.2 }),
      list.map(({ features, label }) => ({ features: { ...features, plan: label ? 'small' : 'large' }, label })),
    );
    const weights = new Map(weightsOf(model).map(({ name, weight }) => [name, weight]));
    expect(weights.get('x')).toBeGreaterThan(0.3);
    expect(weights.get('plan: small')).toBeGreaterThan(0.5);
    expect(weights.get('plan: large')).toBeLessThan(-0.5);
  });

  it('finds the probability of an average case', () => {
    const model = taught(
      logisticOf({ baseRate: 0.5 }),
      cases(4_000, 'rate', () => 0.1),
    );
    expect(predict(model, {}).probability).toBeCloseTo(0.1, 1);
    expect(predict(model, { x: 0 }).probability).toBeCloseTo(0.1, 1);
  });

  it('takes what it does not know for the average: it says nothing', () => {
    const model = logisticOf(expected);
    for (const features of [{ plan: 'gold' }, { tenure: NaN }, { tenure: 'long' }, { contract: 'weekly' }]) {
      expect(predict(model, features)).toMatchObject({ logit: predict(model, {}).logit, contributions: [] });
    }
  });

  it('is not carried off by one wild number', () => {
    const model = taught(
      logisticOf({ baseRate: 0.5 }),
      cases(500, 'wild', (x) => (x > 0 ? 0.9 : 0.1)),
    );
    const wild = predict(model, { x: 1e9 });
    const after = learn(model, { x: 1e9 }, true);
    expect(Math.abs(predict(after, { x: 1 }).logit - predict(model, { x: 1 }).logit)).toBeLessThan(0.5);
    expect(wild.contributions[0]?.value).toBe(5);
    expect(wild.logit).toBe(predict(model, { x: 1e50 }).logit);
  });

  it('counts a row of weight three more than a row of weight one', () => {
    const once = learn(logisticOf(expected), { contract: 'two years' }, true);
    const thrice = learn(logisticOf(expected), { contract: 'two years' }, true, 3);
    expect(thrice.rows).toBe(3);
    expect(predict(thrice, {}).probability).toBeGreaterThan(predict(once, {}).probability);
  });

  it('is pulled back towards what is expected of it', () => {
    const free = logisticOf(expected, { rate: 0.5, pull: 0 });
    const pulled = logisticOf(expected, { rate: 0.5, pull: 0.5 });
    const list = Array.from({ length: 300 }, () => ({ features: { contract: 'two years' }, label: true }));
    const weightAfter = (model: Logistic) =>
      weightsOf(taught(model, list)).find(({ name }) => name === 'contract: two years')?.weight ?? NaN;
    expect(weightAfter(free)).toBeGreaterThan(weightAfter(pulled) + 0.3);
  });

  it('goes back to its last checkpoint, once', () => {
    const list = cases(50, 'back', (x) => (x > 0 ? 0.9 : 0.1));
    const good = checkpoint(taught(logisticOf(expected), list));
    const spoilt = taught(
      good,
      list.map(({ features }) => ({ features: { ...features, plan: 'new' }, label: true })),
    );
    const back = rollback(spoilt);
    expect(predict(back, { x: 1 })).toEqual(predict(good, { x: 1 }));
    expect(back).toEqual({ ...good, kept: null });
    expect(rollback(back)).toEqual(back);
  });

  it('learns faster once it is told that the world has changed', () => {
    const model = taught(
      logisticOf({ baseRate: 0.5 }),
      cases(1_000, 'old', () => 0.1),
    );
    const step = (model: Logistic) => predict(learn(model, {}, true), {}).logit - predict(model, {}).logit;
    expect(step(quickened(model))).toBeGreaterThan(step(model) * 1.2);
  });

  it('does not grow with the words it meets', () => {
    const list = Array.from({ length: columnsMax + 200 }, (_, index) => ({
      features: { id: `${index}`.padEnd(500, 'x') },
      label: false,
    }));
    const model = checkpoint(taught(logisticOf(expected), list));
    expect(model.columns.length).toBe(columnsMax);
    expect(JSON.stringify(model).length).toBeLessThan(400_000);
  });
});
