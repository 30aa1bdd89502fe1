import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { metricAnomaly, type Watched } from '../../src/scoring/anomaly/metric-anomaly.ts';
import { judged, refractoryAt } from '../../src/scoring/anomaly/refractory.ts';
import { rarityOf, tailAfter, tailAt } from '../../src/scoring/anomaly/tail.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { deepFrozen } from './arbitraries.ts';

const minute = 60_000;
const hour = 60 * minute;
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Noise that the seed decides, 0 … 1: what is usual must not be a pattern that repeats to the bit. */
function noise(seed = 1): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}
/** Around `level`, with tails: the sum of three uniform numbers. */
function around(level: number, count: number, seed = 1, spread = 5): number[] {
  const next = noise(seed);
  return many(count, () => level + (next() + next() + next() - 1.5) * spread);
}

function scoresOf(values: readonly number[], everyMs = 5 * minute): readonly Figure[] {
  let state: Watched = null;
  return values.map((value, index) => {
    const scored = metricAnomaly.score({ eventId: `e${index}`, at: index * everyMs, value, unit: 'ms' }, state);
    state = scored.state;
    return scored.figure ?? { value: Number.NaN, confidence: 0, contributions: [] };
  });
}
const alarmsOf = (values: readonly number[], everyMs?: number): readonly number[] =>
  scoresOf(values, everyMs).flatMap(({ value }, index) => (value >= 0.5 ? [index] : []));

describe('metric anomaly', () => {
  const usual = around(100, 1_000);

  it('says nothing before it has seen 150 samples, with little confidence', () => {
    const [last] = scoresOf([...around(100, 100), 900]).slice(-1);
    expect(last).toMatchObject({ value: 0, contributions: [{ name: 'warming up', quote: 'sample 101 of 150' }] });
    expect(last?.confidence).toBeLessThan(0.3);
  });

  it('tells a spike at once, and says what is usual', () => {
    const spike = scoresOf([...usual, 160]).at(-1);
    expect(spike?.value).toBeGreaterThan(0.5);
    expect(spike?.contributions[0]?.quote).toMatch(
      /^160 ms, (usually 1\d\d(\.\d)? ± |never outside 9\d\.\d+ … 10\d\.\d+ before)/,
    );
  });

  it('tells a drop, also one to nothing', () => {
    expect(alarmsOf([...usual, 60])).toContain(1_000);
    expect(alarmsOf([...usual, 0])).toContain(1_000);
  });

  it('tells unrest that leaves neither the range nor the level', () => {
    // Two hours a day of ±12 are known; half a day of it is not.
    const days = many(8, (day) => [...around(100, 264, day + 1), ...around(100, 24, day + 20, 25)]).flat();
    const odd = alarmsOf([...days, ...around(100, 144, 50, 25)]).filter((index) => index >= days.length);
    expect(odd.length).toBeGreaterThan(0);
  });

  it('tells a line that went flat, and for how long it had been at most before', () => {
    const figure = scoresOf([...usual, ...many(30, () => 100)]).at(-1);
    const flat = scoresOf([...usual, ...many(30, () => 100)]).find(({ value }, index) => index > 1_000 && value >= 0.5);
    expect(flat?.contributions[0]).toMatchObject({
      name: 'flatline',
      quote: '100 ms, 17 times in a row, at most 4 before',
    });
    expect(figure?.contributions[0]?.name).toBe('flatline, told of before');
  });

  it('tells one incident once, however long it goes on', () => {
    expect(alarmsOf([...usual, ...around(160, 200, 3)]).filter((index) => index >= 1_000)).toEqual([1_000]);
  });

  it('tells again at once where it gets far worse, and of the next incident days later', () => {
    expect(alarmsOf([...usual, ...around(130, 20, 3), 900])).toContain(1_020);
    const later = [...usual, 160, ...around(100, 1_500, 4), 180];
    expect(alarmsOf(later).filter((index) => index >= 1_000)).toEqual([1_000, 2_501]);
  });

  it('keeps quiet by time: for thirty hours after an alarm, however often samples come', () => {
    for (const every of [minute, 5 * minute, 20 * minute]) {
      const again = (hours: number): boolean => {
        const values = [...usual, 160, ...around(100, (hours * hour) / every, 3), 140];
        return alarmsOf(values, every).includes(values.length - 1);
      };
      expect([every, again(20), again(80)]).toEqual([every, false, true]);
    }
  });

  it('seldom alarms over noise: less than two samples in a thousand', () => {
    const runs = many(10, (seed) => alarmsOf(around(100, 3_000, seed + 1)).length);
    expect(runs.reduce((sum, count) => sum + count, 0)).toBeLessThan(60);
  });

  it('takes small moves of a metric that has moved much for no news', () => {
    const calm = many(1_000, (index) => 100 + 0.001 * ((index * 7) % 5));
    expect(alarmsOf([...around(100, 300, 2, 80), ...calm, 101]).filter((index) => index >= 1_000)).toEqual([]);
  });

  it('learns a daily rhythm', () => {
    const next = noise(9);
    const days = many(24 * 60, (index) => 1_000 + 350 * Math.sin((index / 24) * 2 * Math.PI) + 40 * next());
    expect(alarmsOf(days, hour).length).toBeLessThanOrEqual(1);
  });

  it('alarms alike whatever unit a metric has', () => {
    const values = [...usual, 160, ...usual, 40];
    expect(alarmsOf(values.map((value) => value * 1_024))).toEqual(alarmsOf(values));
    expect(alarmsOf(values.map((value) => value + 1_000_000))).toEqual(alarmsOf(values));
  });

  it('says nothing of what is no number', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1e101]) {
      expect(metricAnomaly.score({ eventId: 'e', at: 0, value, unit: '' }, null)).toEqual({
        state: null,
        figure: undefined,
      });
    }
  });

  const sample = fc.record({
    eventId: fc.constant('e'),
    at: fc.integer({ min: 0, max: 2e12 }),
    value: fc.oneof(fc.double({ noNaN: false }), fc.integer({ min: -5, max: 50 }), fc.constant(7)),
    unit: fc.string(),
  });

  it('explains every value to the last bit, in range, from a state that stays small and is never changed', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 160, maxLength: 400 }), (samples) => {
        let state: Watched = null;
        let written: Watched = null;
        for (const seen of samples) {
          const scored = metricAnomaly.score(seen, state);
          state = deepFrozen(scored.state);
          written = JSON.parse(JSON.stringify(metricAnomaly.score(seen, written).state));
          if (!scored.figure) continue;
          const { value, confidence, contributions } = scored.figure;
          const sum = contributions.reduce((total, one) => total + one.weight * one.value, 0);
          expect(Math.abs(sum - value)).toBeLessThan(1e-9);
          expect(value >= 0 && value <= 1 && confidence >= 0 && confidence <= 1).toBe(true);
          expect(contributions[0]?.quote?.length ?? 0).toBeLessThan(200);
        }
        expect(JSON.stringify(written)).toBe(JSON.stringify(state));
        expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(1_600);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the silence after an alarm', () => {
  it('begins with an alarm, not with what was too common for one and nobody was told of', () => {
    const unsaid = judged(refractoryAt(0), hour, 2.9);
    const alarm = judged(unsaid.state, 2 * hour, 3.2);
    expect([unsaid.quiet, alarm.quiet]).toEqual([false, false]);
    expect(judged(alarm.state, 3 * hour, 3.6).quiet).toBe(true);
    expect(judged(alarm.state, 3 * hour, 4.2).quiet).toBe(false);
  });
});

describe('the tail of a statistic', () => {
  it('calls about one value in a thousand as rare as one in a thousand', () => {
    const next = noise(3);
    let tail = tailAt(0);
    let rare = 0;
    const count = 60_000;
    for (let seen = 1; seen <= count; seen += 1) {
      const value = -5 * Math.log(1 - next());
      if (seen > 1_000 && rarityOf(tail, value) >= 3) rare += 1;
      tail = tailAfter(tail, value, seen, seen > 150);
    }
    expect(rare / count).toBeGreaterThan(0.0003);
    expect(rare / count).toBeLessThan(0.003);
  });

  it('calls nothing rare that is common', () => {
    expect(rarityOf([3, 1], 2.9)).toBe(0);
    expect(rarityOf([3, 1], 3 + Math.LN10)).toBeCloseTo(3, 9);
  });
});
