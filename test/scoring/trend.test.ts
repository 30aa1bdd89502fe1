import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalSurprise, poissonSurprise, twoSided } from '../../src/scoring/tails.ts';
import { trend, type Trend } from '../../src/scoring/trend.ts';
import { lineAfter, noLine, slopeOf } from '../../src/scoring/trend/line.ts';
import { mannKendall, mannKendallValuesMax } from '../../src/scoring/trend/mann-kendall.ts';

const day = 86_400_000;

function trendsOf(values: readonly number[]): readonly number[] {
  let state: Trend = null;
  return values.map((value, index) => {
    const scored = trend.score({ eventId: 'e', at: index * day, value, unit: 'EUR' }, state);
    state = scored.state;
    return scored.figure?.value ?? Number.NaN;
  });
}

/** A wave without a trend: its terms repeat every eleven. */
const wave = (length: number): number[] => Array.from({ length }, (_, i) => 100 + ((i * 7) % 11) - 5);

describe('trend', () => {
  it('says nothing before eight points', () => {
    expect(trendsOf(wave(7)).every(Number.isNaN)).toBe(true);
  });

  it('tells a rise from a fall and from neither', () => {
    const last = (values: readonly number[]): number => trendsOf(values).at(-1) ?? Number.NaN;
    expect(last(wave(60).map((value, i) => value + i))).toBeGreaterThan(0.8);
    expect(last(wave(60).map((value, i) => value - i))).toBeLessThan(-0.8);
    expect(Math.abs(last(wave(88)))).toBeLessThan(0.1);
  });

  it('forgets: what rose for long and falls now is falling', () => {
    const turned = [...wave(200).map((value, i) => value + i), ...wave(150).map((value, i) => value + 200 - i)];
    const all = trendsOf(turned);
    expect(all[199]).toBeGreaterThan(0.8);
    expect(all.at(-1)).toBeLessThan(-0.8);
  });

  it('is certain of points on a line, and says nothing of points at one time', () => {
    expect(trendsOf(Array.from({ length: 20 }, (_, i) => 3 * i)).at(-1)).toBeGreaterThan(0.99);
    let state: Trend = null;
    for (let i = 0; i < 20; i += 1) {
      const scored = trend.score({ eventId: 'e', at: 0, value: i, unit: '' }, state);
      state = scored.state;
      expect(scored.figure).toBeUndefined();
    }
  });

  it('without forgetting has the slope and t of ordinary least squares', () => {
    // Worked out by hand: 34.1 / 17.5.
    const line = [2.1, 3.9, 6.2, 7.8, 10.1, 11.7].reduce((line, y, i) => lineAfter(line, i + 1, y, 1), noLine);
    const found = slopeOf(line);
    expect(found?.slope).toBeCloseTo(34.1 / 17.5, 9);
    expect(found?.t).toBeCloseTo(olsT([1, 2, 3, 4, 5, 6], [2.1, 3.9, 6.2, 7.8, 10.1, 11.7]), 6);
    expect(found?.points).toBe(6);
  });

  it('loses no digits far from zero', () => {
    const line = [1, 2, 4, 3, 5, 6, 8, 7].reduce((line, y, i) => lineAfter(line, 1e9 + i, 1e9 + y, 1), noLine);
    const near = [1, 2, 4, 3, 5, 6, 8, 7].reduce((line, y, i) => lineAfter(line, i, y, 1), noLine);
    expect(slopeOf(line)?.slope).toBeCloseTo(slopeOf(near)?.slope ?? Number.NaN, 5);
  });
});

/** The t-value of a slope, by the textbook. */
function olsT(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const xx = xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
  const slope = xs.reduce((sum, x, i) => sum + (x - mx) * ((ys[i] ?? 0) - my), 0) / xx;
  const rss = xs.reduce((sum, x, i) => sum + ((ys[i] ?? 0) - my - slope * (x - mx)) ** 2, 0);
  return slope / Math.sqrt(rss / (xs.length - 2) / xx);
}

describe('Mann-Kendall', () => {
  const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 60 });

  it('is sure of values that only rise, and of nothing where all are equal', () => {
    const rising = mannKendall(Array.from({ length: 20 }, (_, i) => i ** 2));
    expect(rising?.tau).toBe(1);
    expect(rising?.p).toBeLessThan(1e-6);
    expect(mannKendall([4, 4, 4, 4])).toEqual({ tau: 0, z: 0, p: 1, slope: 0 });
    expect(mannKendall([1, 2])).toBeUndefined();
  });

  it('has the values worked out by hand', () => {
    // S = 8 of 10 pairs; its variance 5·4·15/18, so z = 7/√16.67.
    const found = mannKendall([1, 3, 2, 4, 5]);
    expect(found?.tau).toBeCloseTo(0.8, 12);
    expect(found?.z).toBeCloseTo(7 / Math.sqrt(300 / 18), 12);
    expect(found?.slope).toBe(1);
    // S = 8 again; two ties of two take 2·(2·1·9) from 300.
    expect(mannKendall([1, 1, 2, 2, 3])?.z).toBeCloseTo(7 / Math.sqrt(264 / 18), 12);
  });

  it('turns its sign when time runs backwards, and does not mind the scale', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const found = mannKendall(values);
        const back = mannKendall(values.toReversed());
        const scaled = mannKendall(values.map((value) => value * 3 + 7));
        expect((back?.z ?? 0) + (found?.z ?? 0)).toBeCloseTo(0, 12);
        expect(scaled?.z).toBe(found?.z);
        expect(scaled?.slope).toBeCloseTo(3 * (found?.slope ?? 0), 9);
      }),
    );
  });

  it('looks at the last values alone where there are very many', () => {
    const falling = Array.from({ length: 5_000 }, (_, i) => -i);
    const rising = Array.from({ length: mannKendallValuesMax }, (_, i) => i);
    expect(mannKendall([...falling, ...rising])?.tau).toBe(1);
  });
});

describe('tails', () => {
  it('are those of the tables', () => {
    expect(10 ** -normalSurprise(0)).toBeCloseTo(0.5, 6);
    expect(10 ** -normalSurprise(1.959964)).toBeCloseTo(0.025, 7);
    expect(10 ** -normalSurprise(-1.644854)).toBeCloseTo(0.95, 6);
    expect(twoSided(-2.575829)).toBeCloseTo(0.01, 7);
    // 1 − ppois(9, 3) and 1 − ppois(1, 3).
    expect(10 ** -poissonSurprise(10, 3)).toBeCloseTo(0.0011025, 7);
    expect(10 ** -poissonSurprise(2, 3)).toBeCloseTo(0.8008517, 7);
  });

  it('go on where probabilities are too small for a number', () => {
    expect(normalSurprise(60)).toBeCloseTo(783.9, 0);
    expect(poissonSurprise(60, 1e-9)).toBeGreaterThan(500);
  });

  it('rise with what is told', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 80 }), fc.double({ min: 0.01, max: 60, noNaN: true }), (count, mean) => {
        expect(poissonSurprise(count + 1, mean)).toBeGreaterThanOrEqual(poissonSurprise(count, mean) - 1e-9);
      }),
    );
    fc.assert(
      fc.property(fc.double({ min: -8, max: 30, noNaN: true }), (z) => {
        expect(normalSurprise(z + 0.1)).toBeGreaterThanOrEqual(normalSurprise(z));
      }),
    );
  });
});
