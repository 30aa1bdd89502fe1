import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecast, historyMax, type Forecast, type ForecastOptions, type Period } from '../../src/scoring/forecast.ts';

const periods: readonly Period[] = ['hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'yearly'];
const histories = fc.tuple(fc.constantFrom(-1e9, 0, 1), fc.constantFrom(0, 2, 1e9)).chain(([min, max]) =>
  fc.array(fc.double({ min: Math.min(min, max), max: Math.max(min, max), noNaN: true }), {
    minLength: 1,
    maxLength: 90,
  }),
);
const options = fc.record({ period: fc.constantFrom(...periods), horizon: fc.integer({ min: 1, max: 30 }) });

/** Twelve months' season, growth, and a little noise that is always the same. */
const sales = (months: number): readonly number[] =>
  Array.from({ length: months }, (_, at) => {
    const season = 1 + 0.3 * Math.sin((2 * Math.PI * at) / 12);
    return (1_000 + 10 * at) * season + 20 * Math.sin(at * at);
  });

const hours = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => {
    const weekend = Math.floor(at / 24) % 7 >= 5;
    return 100 + (weekend ? 10 : 40) * Math.sin((2 * Math.PI * at) / 24) + 2 * Math.sin(at * at);
  });

function forecasted(history: readonly number[], options: ForecastOptions): Forecast {
  const said = forecast(history, options);
  if (!said) throw new Error('nothing was forecast');
  return said;
}

describe('a forecast', () => {
  it('goes on with the season and the growth of a history', () => {
    const { points } = forecasted(sales(72), { period: 'monthly', horizon: 12 });
    for (const [step, truth] of sales(84).slice(72).entries())
      expect(Math.abs((points[step] ?? 0) / truth - 1)).toBeLessThan(0.08);
  });

  it('knows a weekend from a working day, hour by hour', () => {
    const { points } = forecasted(hours(936), { period: 'hourly', horizon: 48 });
    for (const [step, truth] of hours(984).slice(936).entries())
      expect(Math.abs((points[step] ?? 0) - truth)).toBeLessThan(6);
  });

  it('repeats a value that never changes, and is sure of it', () => {
    for (const period of periods) {
      const said = forecasted(
        Array.from({ length: 600 }, () => 7),
        { period, horizon: 3 },
      );
      for (const [lower, upper] of said.intervals(0.95)) {
        expect(lower).toBeCloseTo(7, 6);
        expect(upper).toBeCloseTo(7, 6);
      }
    }
  });

  it('sees next to no season in noise', () => {
    let seed = 1;
    const noise = Array.from({ length: 96 }, () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return 90 + (20 * seed) / 2_147_483_647;
    });
    const { parts } = forecasted(noise, { period: 'monthly', horizon: 12 });
    for (const { season } of parts) expect(Math.abs(season)).toBeLessThan(3);
  });

  it('is level, trend and season, which add up exactly', () => {
    fc.assert(
      fc.property(histories, options, fc.constantFrom(-Infinity, 0), (history, options, atLeast) => {
        const { points, parts } = forecasted(history, { ...options, atLeast });
        for (const [step, { level, trend, season, limit }] of parts.entries()) {
          expect(level + trend + season + limit).toBe(points[step]);
          expect(points[step]).toSatisfy(Number.isFinite);
        }
      }),
    );
  });

  it('lies within its intervals, wider ones around narrower ones', () => {
    fc.assert(
      fc.property(histories, options, (history, options) => {
        const said = forecasted(history, { ...options, atLeast: 0 });
        const [narrow, wide] = [said.intervals(0.8), said.intervals(0.95)];
        for (const [step, point] of said.points.entries()) {
          const [[low = NaN, high = NaN] = [], [lowest = NaN, highest = NaN] = []] = [narrow[step], wide[step]];
          expect(lowest <= low && low <= point && point <= high && high <= highest).toBe(true);
        }
      }),
    );
  });

  it('never says less than may be: 0 for revenue', () => {
    const falling = Array.from({ length: 24 }, (_, at) => 240 - 10 * at);
    const said = forecasted(falling, { period: 'yearly', horizon: 20, atLeast: 0 });
    expect(said.points.at(-1)).toBe(0);
    expect(said.parts.at(-1)?.limit).toBeGreaterThan(0);
    expect(said.intervals(0.95).every(([lower]) => lower >= 0)).toBe(true);
  });

  it('is less sure of what is further away', () => {
    const walk = Array.from({ length: 60 }, (_, at) => 1_000 + 100 * Math.sin(at / 9) + 40 * Math.sin(at / 2));
    const { usual } = forecasted(walk, { period: 'yearly', horizon: 8 });
    expect(usual.toSorted((one, other) => one - other)).toEqual(usual);
    expect(usual.at(-1)).toBeGreaterThan(2 * (usual[0] ?? Infinity));
  });

  it('is the same again, and leaves the history as it is', () => {
    fc.assert(
      fc.property(histories, options, (history, options) => {
        const frozen = Object.freeze([...history]);
        expect(JSON.stringify(forecast(frozen, options))).toBe(JSON.stringify(forecast(frozen, options)));
      }),
    );
  });

  it('grows with its unit: cents give a hundred times what euros give', () => {
    const euros = sales(60);
    const [one, hundred] = [euros, euros.map((value) => value * 128)].map(
      (history) => forecasted(history, { period: 'monthly', horizon: 6 }).points,
    );
    expect(hundred?.map((value) => value / 128)).toEqual(one);
  });

  it('looks back so far and no further', () => {
    const recent = sales(historyMax.oneSeason);
    const before = Array.from({ length: 100 }, () => 1e6);
    const options = { period: 'monthly', horizon: 6 } as const;
    expect(JSON.stringify(forecast([...before, ...recent], options))).toBe(JSON.stringify(forecast(recent, options)));
  });

  it('says nothing of no history, and little of a short one', () => {
    expect(forecast([], { period: 'monthly', horizon: 3 })).toBeUndefined();
    expect(forecast([5], { period: 'monthly', horizon: 2 })?.points).toEqual([5, 5]);
  });
});
