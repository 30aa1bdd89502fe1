import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/simulate/random.ts';

describe('the seeded generator', () => {
  test('gives the same numbers for the same seed, and others for another', () => {
    const drawn = (seed: string) => {
      const random = createRandom(seed);
      return Array.from({ length: 20 }, () => random.next());
    };
    expect(drawn('7')).toEqual(drawn('7'));
    expect(drawn('7')).not.toEqual(drawn('8'));
  });

  test('stays the generator it is: recorded simulations can be made again', () => {
    const random = createRandom('7');
    expect([random.int(0, 999), random.int(0, 999), random.text(8)]).toMatchInlineSnapshot(`
      [
        657,
        497,
        "jiLcdLEQ",
      ]
    `);
  });

  test('keeps what is drawn for one purpose apart from another', () => {
    const [left, right] = [createRandom('7'), createRandom('7')];
    left.fork('aside').next();
    expect(left.next()).toBe(right.next());
  });

  test('draws whole numbers within their ends, both included', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -50, max: 50 }), fc.nat(100), (seed, min, more) => {
        const value = createRandom(seed).int(min, min + more);
        expect(value).toBeGreaterThanOrEqual(min);
        expect(value).toBeLessThanOrEqual(min + more);
      }),
    );
    const random = createRandom('7');
    expect(new Set(Array.from({ length: 200 }, () => random.int(1, 6)))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  test('draws normally and by weight, near enough', () => {
    const random = createRandom('7');
    const drawn = Array.from({ length: 4_000 }, () => random.normal(10, 2));
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(10, 0);
    const weighted = Array.from({ length: 4_000 }, () =>
      random.weighted([
        [3, 'often'],
        [1, 'seldom'],
      ] as const),
    );
    expect(weighted.filter((value) => value === 'often').length / weighted.length).toBeCloseTo(0.75, 1);
  });

  test('loses nothing when it shuffles, and refuses to pick from nothing', () => {
    const random = createRandom('7');
    expect(new Set(random.shuffled([1, 2, 3, 4, 5]))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(() => random.pick([])).toThrow(RangeError);
  });
});
