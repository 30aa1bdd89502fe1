import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beliefAfter,
  bocpdChangesOf,
  changedWithin,
  noValues,
  type Belief,
} from '../../src/scoring/change-point/bocpd.ts';

const hazard = 1 / 100;
const beliefOf = (values: readonly number[]): Belief =>
  values.reduce<Belief>((belief, value) => beliefAfter(belief, value), noValues);

/** Noise of deviation about 1 that repeats every 97. */
const noise = (length: number, level = 0): number[] =>
  Array.from({ length }, (_, index) => level + (((index * 37) % 97) / 96 - 0.5) * 3.4);

describe('Bayesian online change points', () => {
  it('believe what going through every way to part a series gives', () => {
    const value = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 9 }), (values) => {
        const belief = beliefOf(values);
        const oracle = runsByForce(values);
        for (const [run, probability] of oracle.entries())
          expect(belief.find((one) => one.run === run)?.probability ?? 0).toBeCloseTo(probability, 9);
      }),
      { numRuns: 40 },
    );
  });

  it('are told soon after a level moves, and hardly while it stays', () => {
    const calm = noise(200);
    expect(changedWithin(beliefOf(calm), 20)).toBeLessThan(0.5);
    expect(changedWithin(beliefOf([...calm, ...noise(10, 4)]), 20)).toBeGreaterThan(0.99);
  });

  it('are told of noise that grows, too', () => {
    const wild = noise(30).map((value) => 5 * value);
    expect(changedWithin(beliefOf([...noise(200), ...wild]), 40)).toBeGreaterThan(0.99);
  });

  it('are found afterwards, where they were', () => {
    expect(bocpdChangesOf([...noise(97), ...noise(97, 5), ...noise(97)])).toEqual([97, 194]);
    expect(bocpdChangesOf(noise(300))).toEqual([]);
    expect(bocpdChangesOf([])).toEqual([]);
  });

  it('follow no more than 400 runs, of which the likeliest', () => {
    const belief = beliefOf(noise(1_000));
    expect(belief.length).toBeLessThanOrEqual(400);
    expect(belief.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
    expect(belief.toSorted((a, b) => b.probability - a.probability)[0]?.run).toBe(1_000);
  });

  it('learn nothing from what is no number', () => {
    const before = beliefOf([1, 2, 3]);
    expect(beliefAfter(before, Number.NaN)).toBe(before);
  });
});

/** P(run) after the last value, from all ways to part the values, each by the closed form of its segments' likelihood. */
function runsByForce(values: readonly number[]): readonly number[] {
  const count = values.length;
  const sums = Array.from({ length: count + 1 }, () => 0);
  // Bit i: a run ends with value i. That of the last leaves a run without values.
  for (let cut = 0; cut < 2 ** count; cut += 1) {
    let [begin, weight] = [0, 0];
    for (let index = 0; index < count; index += 1) {
      const ends = (cut >> index) % 2 === 1;
      weight += Math.log(ends ? hazard : 1 - hazard);
      if (!ends && index < count - 1) continue;
      weight += segment(values.slice(begin, index + 1));
      if (ends) begin = index + 1;
    }
    sums[count - begin] = (sums[count - begin] ?? 0) + Math.exp(weight);
  }
  const all = sums.reduce((sum, one) => sum + one, 0);
  return sums.map((sum) => sum / all);
}

/** ln of the marginal likelihood of normal values under a normal-inverse-gamma prior (0, 1, 1, 1) (Murphy 2007, eq. 95). */
function segment(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const beta = 1 + squares / 2 + (count * mean * mean) / (2 * (1 + count));
  const alpha = 1 + count / 2;
  return logGamma(alpha) - alpha * Math.log(beta) - Math.log(1 + count) / 2 - (count / 2) * Math.log(2 * Math.PI);
}

/** Of whole and half numbers. */
function logGamma(x: number): number {
  let [at, sum] = [Number.isInteger(x) ? 1 : 0.5, Number.isInteger(x) ? 0 : Math.log(Math.PI) / 2];
  for (; at < x; at += 1) sum += Math.log(at);
  return sum;
}
