import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecast, type Forecast, type ForecastOptions } from '../../src/scoring/forecast.ts';
import { adapted } from '../../src/scoring/forecast/adaptive.ts';
import { crossing, leadOf } from '../../src/scoring/forecast/crossing.ts';
import { leastNear, leastOnLine } from '../../src/scoring/forecast/search.ts';
import { adjusted, isSeasonal, seasonOf, steadySeasonOf } from '../../src/scoring/forecast/seasonality.ts';
import { damped, smoothed, theta } from '../../src/scoring/forecast/smoothing.ts';
import { beyond, reachOf, spreadOf } from '../../src/scoring/forecast/spread.ts';

const quarters = (count: number, factors = [0.8, 1.1, 1.3, 0.8]): readonly number[] =>
  Array.from({ length: count }, (_, at) => 100 * (factors[at % 4] ?? 1));

describe('a season', () => {
  it('is found where it is, and taken out leaves what is without it', () => {
    const values = quarters(16);
    expect(isSeasonal(values, 4)).toBe(true);
    const season = seasonOf(values, 4, 'multiplicative');
    for (const [phase, factor] of [0.8, 1.1, 1.3, 0.8].entries()) expect(season.indices[phase]).toBeCloseTo(factor, 10);
    for (const value of adjusted(values, season)) expect(value).toBeCloseTo(100, 8);
  });

  it('is not tested for below three cycles', () => {
    expect(isSeasonal(quarters(11), 4)).toBe(false);
    expect(isSeasonal(quarters(12), 1)).toBe(false);
  });

  it('is kept whole where every cycle has it, and little of it where it is chance', () => {
    expect(steadySeasonOf(quarters(24), 4)?.indices[2]).toBeCloseTo(1.3, 6);
    const swing = (indices: readonly number[] = []) => indices.reduce((sum, index) => sum + Math.abs(index - 1), 0);
    let [seed, kept, found] = [1, 0, 0];
    for (let history = 0; history < 50; history += 1) {
      const chance = Array.from({ length: 40 }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return 90 + (20 * seed) / 2_147_483_647;
      });
      kept += swing(steadySeasonOf(chance, 4)?.indices);
      found += swing(seasonOf(chance, 4, 'multiplicative').indices);
    }
    expect(kept).toBeLessThan(found / 2);
  });

  it('is an amount where values are not all above 0', () => {
    const values = quarters(16).map((value) => value - 100);
    expect(steadySeasonOf(values, 4)).toMatchObject({ kind: 'additive' });
    expect(steadySeasonOf(values, 4)?.indices[2]).toBeCloseTo(30, 6);
  });

  it('is not told of before two cycles', () => {
    expect(steadySeasonOf(quarters(7), 4)).toBeUndefined();
  });
});

describe('smoothing', () => {
  const line = Array.from({ length: 30 }, (_, at) => 50 + 3 * at);

  it('stays at the last level with simple smoothing', () => {
    expect(smoothed([...line.map(() => 10), ...line.map(() => 20)]).level).toBeCloseTo(20, 1);
  });

  it('goes on with half the slope of a line with Theta', () => {
    const { trend } = theta(line, 3);
    for (const [step, part] of trend.entries()) expect(part).toBeCloseTo(1.5 * (step + 1), 8);
  });

  it('goes on with ever smaller steps when damped', () => {
    const { level, trend } = damped(line, 5);
    const steps = trend.map((part, step) => part - (trend[step - 1] ?? 0));
    expect(level).toBeCloseTo(137, 0);
    expect(steps.every((step, index) => step > 0 && step < (steps[index - 1] ?? Infinity))).toBe(true);
  });
});

describe('a search', () => {
  it('finds the lowest place of a bowl', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (lowest) => {
        expect(Math.abs(leastOnLine((at) => (at - lowest) ** 2, 0, 1) - lowest)).toBeLessThan(0.005);
      }),
    );
    const axis = { start: 0.5, min: 0, max: 1, step: 0.25 };
    const [x = 0, y = 0] = leastNear(([x = 0, y = 0]) => (x - 0.2) ** 2 + (y - 2) ** 2, [axis, axis], 6);
    expect(Math.abs(x - 0.2)).toBeLessThan(0.01);
    expect(y).toBe(1);
  });
});

describe('the spread of errors', () => {
  const misses = fc.array(fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 8 }), {
    maxLength: 20,
  });

  it('leaves as much outside an interval as its level says, or a little less', () => {
    fc.assert(
      fc.property(misses, fc.double({ min: 0.5, max: 0.97, noNaN: true }), (misses, level) => {
        const spread = spreadOf(misses);
        const outside = beyond(spread, reachOf(spread, level));
        expect(outside).toBeLessThanOrEqual(1 - level + 1e-9);
      }),
    );
  });

  it('has less beyond a larger distance', () => {
    fc.assert(
      fc.property(misses, fc.double({ min: 0, max: 9, noNaN: true }), (misses, distance) => {
        const spread = spreadOf(misses);
        expect(beyond(spread, 0)).toBeLessThanOrEqual(1);
        expect(beyond(spread, distance + 0.1)).toBeLessThan(beyond(spread, distance));
      }),
    );
  });

  it('goes by many errors rather than by what is usual elsewhere', () => {
    const always = spreadOf(Array.from({ length: 2_000 }, () => [0.1]));
    expect(reachOf(always, 0.8)).toBeLessThan(0.11);
    expect(reachOf(spreadOf([]), 0.8)).toBeCloseTo(-Math.log(0.2 - 0.8 / 40), 6);
  });
});

describe('an interval that adapts', () => {
  it('comes to miss as often as it may, though errors have doubled', () => {
    let [widen, missed] = [0, 0];
    for (let at = 0; at < 4_000; at += 1) {
      // Errors spread evenly over 0 … 4, in an order that is always the same; a reach of 1 holds a quarter of them.
      const miss = 4 * ((at * 0.6180339887) % 1) > 1 + widen;
      widen = adapted(widen, miss, 0.8);
      if (at >= 2_000 && miss) missed += 1;
    }
    expect(missed / 2_000).toBeCloseTo(0.2, 2);
  });
});

describe('a crossing', () => {
  const values = Array.from({ length: 40 }, (_, at) => 100 + at + 3 * Math.sin(at * at));
  const said = forecasted(values, { period: 'yearly', horizon: 6 });
  const thresholds = fc.double({ min: 0, max: 300, noNaN: true });

  it('is as probable above as it is improbable below, and no less by a later step', () => {
    fc.assert(
      fc.property(thresholds, (threshold) => {
        const [above, below] = [crossing(said, threshold), crossing(said, threshold, 'below')];
        for (const [step, probability] of above.at.entries()) {
          expect(probability + (below.at[step] ?? 0)).toBeCloseTo(1, 10);
          expect(above.by[step]).toBeGreaterThanOrEqual(Math.max(above.by[step - 1] ?? 0, probability) - 1e-12);
          expect(above.by[step]).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('is a half where the forecast lies on the threshold', () => {
    expect(crossing(said, said.points[2] ?? 0).at[2]).toBeCloseTo(0.5, 1);
  });

  it('is sure of what lies far off, and says when', () => {
    expect(leadOf(crossing(said, 50), 0.9)).toBe(1);
    expect(leadOf(crossing(said, 1_000), 0.1)).toBeUndefined();
  });
});

function forecasted(history: readonly number[], options: ForecastOptions): Forecast {
  const said = forecast(history, options);
  if (!said) throw new Error('nothing was forecast');
  return said;
}
