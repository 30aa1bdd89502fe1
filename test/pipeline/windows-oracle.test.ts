import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/core/event.ts';
import { minuteMs, start } from '../support/operators.ts';
import { fills, hops, n, sessions, windowsOf } from '../support/windows.ts';

/** Up to ten minutes late, in order of time; and in order of arrival. */
const arrivals = fc
  .array(fc.record({ minute: fc.integer({ min: 0, max: 90 }), delay: fc.nat(10), value: fc.nat(9) }), { maxLength: 25 })
  .map((list) => list.map((one, index) => ({ ...one, value: one.value + index * 10 })));
type Arrivals = typeof arrivals extends fc.Arbitrary<infer A> ? A : never;
const inTime = (list: Arrivals): Arrivals => list.toSorted((a, b) => a.minute - b.minute);
const inArrival = (list: Arrivals): readonly StreamEvent[] =>
  list.toSorted((a, b) => a.minute + a.delay - b.minute - b.delay).map(({ minute, value }) => n(minute, value));
const sumOf = (list: Arrivals): number => list.reduce((sum, { value }) => sum + value, 0);
const forAll = <P>(parameters: fc.Arbitrary<P>, check: (list: Arrivals, parameter: P) => void): void =>
  fc.assert(fc.property(arrivals, parameters, check), { numRuns: 300 });

describe('on random streams that come out of order, within the lateness', () => {
  const within = { lateness: '10m' as const };

  it('windows that hop hold what happened in them', () => {
    forAll(
      fc.record({ every: fc.integer({ min: 1, max: 15 }), hops: fc.integer({ min: 1, max: 4 }) }),
      (list, { every, hops: k }) => {
        const starts = Array.from({ length: 200 }, (_, index) => (index - 100) * every);
        const base = Math.floor(start / minuteMs) % every;
        const expected = starts
          .map((from) => from - base)
          .map((from) => ({
            from,
            to: from + k * every,
            held: list.filter(({ minute }) => minute >= from && minute < from + k * every),
          }))
          .filter(({ held }) => held.length > 0)
          .map(({ from, to, held }) => `[${from},${to}) ${held.length}×${sumOf(held)} time`);
        expect(windowsOf(hops(`${k * every}m`, `${every}m`), inArrival(list), within)).toEqual(expected);
      },
    );
  });

  it('sessions are parted by their gaps', () => {
    forAll(fc.integer({ min: 1, max: 20 }), (list, gap) => {
      const groups: Arrivals[] = [];
      for (const one of inTime(list)) {
        const group = groups.at(-1);
        if (group && one.minute < (group.at(-1)?.minute ?? 0) + gap) group.push(one);
        else groups.push([one]);
      }
      const expected = groups.map((group) => {
        const [from, last] = [group[0]?.minute ?? 0, group.at(-1)?.minute ?? 0];
        return `[${from},${last + gap}) ${group.length}×${sumOf(group)} gap`;
      });
      expect(windowsOf(sessions(`${gap}m`, '900m'), inArrival(list), within)).toEqual(expected);
    });
  });

  it('windows of so many hold so many, all told', () => {
    forAll(fc.integer({ min: 1, max: 6 }), (list, size) => {
      const counts = windowsOf(fills(size), inArrival(list), within).map((text) => Number(/\) (\d+)×/.exec(text)?.[1]));
      const rest = list.length % size;
      expect(counts).toEqual([
        ...Array<number>(Math.floor(list.length / size)).fill(size),
        ...(rest > 0 ? [rest] : []),
      ]);
    });
  });
});

it('corrections end where it would have been known at once, whatever comes how late', () => {
  forAll(fc.integer({ min: 2, max: 30 }), (list, size) => {
    const told = windowsOf(
      hops(`${size}m`, `${size}m`, `${size * 50}m`),
      list.map(({ minute, value }) => n(minute, value)),
      {
        until: 91 + size,
      },
    );
    const last = new Map(told.map((text) => [text.split(' ')[0], text.replace(/ #\d+$/, '')]));
    const known = windowsOf(
      hops(`${size}m`, `${size}m`),
      inTime(list).map(({ minute, value }) => n(minute, value)),
      { until: 91 + size },
    );
    expect([...last.values()].toSorted()).toEqual(known.toSorted());
  });
});

it('no window is told twice where corrections are not asked for, whatever comes how late', () => {
  forAll(fc.integer({ min: 1, max: 30 }), (list, size) => {
    const asItCame = list.map(({ minute, value }) => n(minute, value));
    const names = windowsOf(hops(`${size}m`, `${size}m`), asItCame).map((text) => text.split(' ')[0]);
    expect(new Set(names).size).toBe(names.length);
  });
});
