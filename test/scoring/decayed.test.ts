import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  added,
  idleOf,
  levelOf,
  paceAfter,
  slopeOf,
  sumAt,
  type Decayed,
  type Pace,
} from '../../src/scoring/decayed.ts';

const day = 86_400_000;
const halfLives = { short: 7 * day, long: 60 * day };
const daily = (days: number, amount = (_day: number) => 1): Pace | null =>
  Array.from({ length: days }, (_, index) => index).reduce<Pace | null>(
    (pace, index) => paceAfter(pace, index * day, amount(index), halfLives),
    null,
  );

describe('a counter that forgets', () => {
  it('counts half after one half-life and a quarter after two', () => {
    const counter = added(null, 1_000, 8, 50);
    expect(sumAt(counter, 1_050, 50)).toBeCloseTo(4);
    expect(sumAt(counter, 1_100, 50)).toBeCloseTo(2);
  });

  it('holds the same whatever order things come in', () => {
    const additions = fc.array(fc.tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 100 })), {
      minLength: 1,
    });
    const sumOf = (list: readonly (readonly [number, number])[]): number =>
      sumAt(
        list.reduce<Decayed | null>((counter, [at, amount]) => added(counter, at, amount, 200), null),
        1_000,
        200,
      );
    fc.assert(
      fc.property(additions, (list) => {
        expect(sumOf(list.toReversed())).toBeCloseTo(sumOf(list), 6);
      }),
    );
  });
});

describe('a pace', () => {
  it('of one a day is one a day, when it is young and when it is old', () => {
    for (const days of [30, 90, 720]) {
      const pace = daily(days);
      expect(pace && levelOf(pace, (days - 1) * day, halfLives) * day).toBeCloseTo(1, 0);
    }
  });

  it('that stays as it was has no slope; one that fades falls, one that grows rises', () => {
    const slope = (pace: Pace | null, days: number) => (pace ? slopeOf(pace, (days - 1) * day, halfLives) * day : NaN);
    expect(Math.abs(slope(daily(300), 300))).toBeLessThan(0.1);
    expect(
      slope(
        daily(300, (index) => (index < 270 ? 1 : 0)),
        300,
      ),
    ).toBeLessThan(-0.4);
    expect(
      slope(
        daily(300, (index) => (index < 270 ? 1 : 3)),
        300,
      ),
    ).toBeGreaterThan(0.4);
  });

  it('is not made by a single event', () => {
    const pace = paceAfter(null, 0, 1, halfLives);
    expect(levelOf(pace, 0, halfLives) * day).toBeLessThan(0.1);
  });

  it('knows how long nothing has come', () => {
    const pace = paceAfter(paceAfter(null, 5 * day, 1, halfLives), 2 * day, 1, halfLives);
    expect(idleOf(pace, 9 * day)).toBe(4 * day);
    expect(idleOf(pace, 1 * day)).toBe(0);
  });
});
