import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changePoint, type Level } from '../../src/scoring/change-point.ts';
import { pelt, type SegmentCost } from '../../src/scoring/change-point/pelt.ts';
import { changePointsOf, segmentsOf } from '../../src/scoring/change-point/segments.ts';

/** Normal noise from a seed: sums of twelve numbers of a linear congruential generator. */
function noise(length: number, seed = 1): number[] {
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
  return Array.from({ length }, () => Array.from({ length: 12 }, next).reduce((sum, value) => sum + value, -6));
}

function figuresOf(values: readonly number[]): readonly number[] {
  let state: Level = null;
  return values.map((value) => {
    const scored = changePoint.score({ eventId: 'e', value, unit: 'ms' }, state);
    state = scored.state;
    return scored.figure?.value ?? 0;
  });
}

const alarms = (values: readonly number[]): readonly number[] =>
  figuresOf(values).flatMap((figure, index) => (Math.abs(figure) === 1 ? [index] : []));

describe('a level that moves, as it happens', () => {
  it('is told within some twenty samples, once, and which way', () => {
    for (const by of [2, -2]) {
      const values = [...noise(200), ...noise(100, 7).map((value) => value + by)];
      const told = alarms(values);
      expect(told).toHaveLength(1);
      expect(told[0]).toBeGreaterThanOrEqual(200);
      expect(told[0]).toBeLessThan(220);
      expect(figuresOf(values)[told[0] ?? 0]).toBe(Math.sign(by));
    }
  });

  it('goes on telling while the new level is young: what it is by now, on how few samples, and less surely', () => {
    let state: Level = null;
    const figures = [...noise(100), ...noise(40, 5).map((value) => value + 9)].map((value) => {
      const scored = changePoint.score({ eventId: 'e', value, unit: 'ms' }, state);
      state = scored.state;
      return scored.figure;
    });
    const moved = figures.findIndex((figure) => figure?.value === 1);
    expect(figures.slice(moved).every((figure) => figure !== undefined)).toBe(true);
    const after = figures[moved + 1];
    expect(after).toMatchObject({ value: 0, contributions: [{ name: 'new level', weight: 0 }] });
    expect(after?.contributions[0]?.quote).toMatch(/^[\d.]+ ms over \d samples, of 20 that a level is judged by$/);
    expect(after?.confidence).toBeLessThan((figures[moved]?.confidence ?? 0) / 3);
  });

  it('is told again when it moves back', () => {
    const values = [...noise(100), ...noise(100, 5).map((value) => value + 3), ...noise(100, 9)];
    expect(alarms(values).map((at) => Math.floor(at / 100))).toEqual([1, 2]);
  });

  it('stays quiet where nothing moves: a few false alarms in ten thousand samples', () => {
    expect(alarms(noise(10_000, 3)).length).toBeLessThanOrEqual(6);
  });

  it('is not told for one odd sample, however odd', () => {
    expect(alarms([...noise(200), 1e9, ...noise(100, 5)])).toEqual([]);
  });

  it('does not depend on the unit', () => {
    const values = [...noise(200), ...noise(50, 7).map((value) => value + 2)];
    expect(alarms(values.map((value) => value * 1e6 + 3e6))).toEqual(alarms(values));
  });
});

describe('change points, looking back', () => {
  it('are found where the level moved', () => {
    const values = [...noise(60), ...noise(60, 5).map((value) => value + 6), ...noise(60, 9).map((value) => value - 4)];
    const found = changePointsOf(values);
    expect(found).toHaveLength(2);
    expect(Math.abs((found[0] ?? 0) - 60)).toBeLessThanOrEqual(2);
    expect(Math.abs((found[1] ?? 0) - 120)).toBeLessThanOrEqual(2);
  });

  it('are none in noise, in values that never change, and in a steady trend', () => {
    expect(changePointsOf(noise(200))).toEqual([]);
    expect(changePointsOf(Array.from({ length: 100 }, () => 0.1))).toEqual([]);
    const [only, ...others] = segmentsOf(noise(200).map((value, i) => value + i / 2));
    expect(others).toEqual([]);
    expect(only?.slope).toBeCloseTo(0.5, 1);
  });

  it('are found where a trend breaks', () => {
    const bent = noise(200).map((value, i) => value + (i < 100 ? i : 200 - i));
    const found = changePointsOf(bent);
    expect(found).toHaveLength(1);
    expect(Math.abs((found[0] ?? 0) - 100)).toBeLessThanOrEqual(5);
  });

  it('take what is missing for what was last', () => {
    const values = [...noise(60), Number.NaN, Number.NaN, ...noise(60, 5).map((value) => value + 9)];
    expect(changePointsOf(values)).toHaveLength(1);
    expect(segmentsOf([])).toEqual([]);
    expect(segmentsOf([Number.NaN])).toHaveLength(1);
  });

  it('part the whole series, without a gap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 }), (values) => {
        const segments = segmentsOf(values);
        expect(segments[0]?.from).toBe(0);
        expect(segments.at(-1)?.to).toBe(values.length);
        for (const [index, { to }] of segments.slice(0, -1).entries()) expect(segments[index + 1]?.from).toBe(to);
      }),
    );
  });
});

describe('PELT', () => {
  it('finds no worse a parting than trying them all', () => {
    const options = fc.record({
      penalty: fc.double({ min: 0, max: 20, noNaN: true }),
      segmentMin: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 4, maxLength: 40 }),
        options,
        (values, options) => {
          const cost: SegmentCost = (from, to) => {
            const part = values.slice(from, to);
            const mean = part.reduce((a, b) => a + b, 0) / part.length;
            return part.reduce((sum, value) => sum + (value - mean) ** 2, 0);
          };
          const found = pelt(values.length, cost, { ...options, slack: 0 });
          const ends = [...found, values.length];
          const costs = ends.map((end, at) => cost(ends[at - 1] ?? 0, end) + options.penalty);
          const total = costs.reduce((a, b) => a + b, 0) - options.penalty;
          expect(total).toBeCloseTo(cheapest(values.length, cost, options.penalty, options.segmentMin), 6);
        },
      ),
    );
  });
});

/** The least cost of any parting, without pruning. */
function cheapest(length: number, cost: SegmentCost, penalty: number, segmentMin: number): number {
  const least = [-penalty];
  for (let end = 1; end <= length; end += 1) {
    const begins = Array.from({ length: Math.max(0, end - segmentMin + 1) }, (_, begin) => begin);
    least[end] = Math.min(Infinity, ...begins.map((begin) => (least[begin] ?? Infinity) + cost(begin, end) + penalty));
  }
  return least[length] ?? Infinity;
}
