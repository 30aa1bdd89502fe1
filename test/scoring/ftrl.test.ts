import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  coordinatesMax,
  createFtrl,
  pagesMax,
  type FtrlOptions,
  type FtrlState,
} from '../../src/scoring/learning/ftrl.ts';
import { probabilityOf } from '../../src/scoring/learning/probability.ts';
import type { SparseVector } from '../../src/scoring/learning/sparse-vector.ts';
import { deepFrozen } from './arbitraries.ts';

const options: FtrlOptions = { alpha: 0.5, beta: 1, l1: 0.05, l2: 0.1 };
const ftrl = createFtrl(options);

interface Example {
  readonly features: SparseVector;
  readonly label: boolean;
  readonly offset: number;
}

/** Doubles of fast-check are mostly next to nothing, from which nothing is learnt. */
const tenths = (max: number) => fc.integer({ min: -max, max }).map((tenth) => tenth / 10);

/** Few coordinates, some of one page, so that they meet again. */
const features: fc.Arbitrary<SparseVector> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(0, 1, 2, pagesMax, pagesMax + 1, 2 * pagesMax, 65_535, 65_536), tenths(10)), {
    selector: ([coordinate]) => coordinate,
    maxLength: 8,
  })
  .map((pairs) => ({ coordinates: pairs.map(([at]) => at), values: pairs.map(([, value]) => value) }));
const examples: fc.Arbitrary<readonly Example[]> = fc.array(
  fc.record({ features, label: fc.boolean(), offset: tenths(30) }),
  { maxLength: 60, size: 'max' },
);

const learnAll = (list: readonly Example[], between = (state: FtrlState): FtrlState => state): FtrlState =>
  list.reduce<FtrlState>(
    (state, { features, label, offset }) => between(ftrl.learn(state, features, label, offset)),
    ftrl.initial,
  );

describe('the learner of words', () => {
  it('learns as the paper has it, coordinate by coordinate', () => {
    fc.assert(
      fc.property(examples, features, (list, asked) => {
        const { logit } = ftrl.predict(learnAll(list), asked, 0.3);
        expect(Math.abs(logit - asThePaperHasIt(list, asked, 0.3))).toBeLessThan(2e-3);
      }),
    );
  });

  it('says a sum of what each feature adds', () => {
    fc.assert(
      fc.property(examples, features, (list, asked) => {
        const { logit, weights } = ftrl.predict(learnAll(list), asked, -1);
        const parts = weights.map((weight, index) => weight * (asked.values[index] ?? 0));
        expect(logit).toBeCloseTo(
          parts.reduce((sum, part) => sum + part, -1),
          12,
        );
      }),
    );
  });

  it('changes nothing in place, and is the same when written down after every example', () => {
    fc.assert(
      fc.property(examples, (list) => {
        const once = learnAll(list, deepFrozen);
        expect(learnAll(list, (state) => JSON.parse(JSON.stringify(state)))).toEqual(once);
        expect(JSON.parse(JSON.stringify(once))).toEqual(once);
      }),
    );
  });

  it('moves towards the label it is told', () => {
    fc.assert(
      fc.property(examples, features, fc.boolean(), (list, asked, label) => {
        const before = learnAll(list);
        const after = ftrl.learn(before, asked, label);
        const gained = ftrl.predict(after, asked).logit - ftrl.predict(before, asked).logit;
        expect(label ? gained : -gained).toBeGreaterThan(-1e-3);
      }),
    );
  });

  it('knows nothing at first, and says what it is given', () => {
    const { logit, weights } = ftrl.predict(ftrl.initial, { coordinates: [3, 4], values: [1, 1] }, 0.7);
    expect(logit).toBe(0.7);
    expect(weights).toEqual([0, 0]);
  });

  const one = (coordinate: number): SparseVector => ({ coordinates: [coordinate], values: [1] });
  const flood = (state: FtrlState): FtrlState => {
    let flooded = state;
    for (let i = 0; i < 300; i++) flooded = ftrl.learn(flooded, one(7 + pagesMax * (i + 1)), i % 2 === 0);
    return flooded;
  };

  it('holds no more than its bound, however many features come', () => {
    const page = flood(ftrl.initial)[7] ?? [];
    expect(page).toHaveLength(coordinatesMax * 3);
    expect(JSON.stringify(page).length).toBeLessThan(coordinatesMax * 30);
  });

  it('keeps a common feature through a flood of rare ones, and forgets one that was as rare', () => {
    let state = ftrl.learn(ftrl.initial, one(7), true);
    expect(ftrl.predict(flood(state), one(7)).weights).toEqual([0]);
    for (let i = 0; i < 5; i++) state = ftrl.learn(state, one(7), true);
    expect(ftrl.predict(flood(state), one(7)).logit).toBe(ftrl.predict(state, one(7)).logit);
  });
});

/** McMahan et al. 2013, algorithm 1, without bounds. */
function asThePaperHasIt(list: readonly Example[], asked: SparseVector, offset: number): number {
  const { alpha, beta, l1, l2 } = options;
  const zs = new Map<number, number>();
  const ns = new Map<number, number>();
  const weightOf = (i: number): number => {
    const z = zs.get(i) ?? 0;
    if (Math.abs(z) <= l1) return 0;
    return -(z - Math.sign(z) * l1) / ((beta + Math.sqrt(ns.get(i) ?? 0)) / alpha + l2);
  };
  const logitOf = ({ coordinates, values }: SparseVector, offset: number): number =>
    coordinates.reduce((sum, i, index) => sum + weightOf(i) * (values[index] ?? 0), offset);
  for (const { features, label, offset } of list) {
    const p = probabilityOf(logitOf(features, offset));
    features.coordinates.forEach((i, index) => {
      const g = (p - (label ? 1 : 0)) * (features.values[index] ?? 0);
      const n = ns.get(i) ?? 0;
      const sigma = (Math.sqrt(n + g * g) - Math.sqrt(n)) / alpha;
      zs.set(i, (zs.get(i) ?? 0) + g - sigma * weightOf(i));
      ns.set(i, n + g * g);
    });
  }
  return logitOf(asked, offset);
}
