import { filter, map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Pipeline } from '../../src/pipeline/define.ts';
import { sessionWindows } from '../../src/pipeline/operators/session-windows.ts';
import { slidingWindows } from '../../src/pipeline/operators/sliding-windows.ts';
import { came, figure, is } from '../support/operators.ts';
import { fills, hops, n, nOf, sessions, spells, summing, told, windowsOf } from '../support/windows.ts';

describe('windows that hop', () => {
  it('overlap, and are told when the entity’s clock passes their end', () => {
    expect(windowsOf(hops('10m', '5m'), [n(2), n(7)], { until: 20 })).toEqual([
      '[-5,5) 1×1 time',
      '[0,10) 2×2 time',
      '[5,15) 1×1 time',
    ]);
  });

  it('tumble where they are as long as they are apart; one that nothing fell into is not told', () => {
    expect(windowsOf(hops('10m', '10m'), [n(0), n(9), n(10), n(35)], { until: 39 })).toEqual([
      '[0,10) 2×2 time',
      '[10,20) 1×1 time',
    ]);
  });

  it('leave out what comes when they are closed; or take it in and are told again, for as long as was said', () => {
    const arrivals = [n(5), n(12), n(6, 10), n(31), n(7, 100)];
    expect(windowsOf(hops('10m', '10m'), arrivals, { until: 32 })).toEqual(['[0,10) 1×1 time', '[10,20) 1×1 time']);
    expect(windowsOf(hops('10m', '10m', '15m'), arrivals, { until: 32 })).toEqual([
      '[0,10) 1×1 time',
      '[0,10) 2×11 time #1',
      '[10,20) 1×1 time',
    ]);
  });

  it('are told for the first time by a late input where they were empty', () => {
    expect(windowsOf(hops('10m', '10m', '900m'), [n(25), n(5)], { until: 26 })).toEqual(['[0,10) 1×1 time']);
  });

  it('are refused where too many would be open at once', () => {
    expect(() => windowsOf(hops('1000m', '1m'), [])).toThrow(/more than 100/);
    expect(() => windowsOf(hops('1000m', '0m'), [])).toThrow(/more than 100/);
  });
});

describe('sessions', () => {
  it('end with a gap, or when they have gone on for long enough', () => {
    expect(windowsOf(sessions('10m', '30m'), [n(0), n(9), n(19), n(50), n(58), n(66), n(74), n(82)])).toEqual([
      '[0,19) 2×2 gap',
      '[19,29) 1×1 gap',
      '[50,80) 4×4 time',
      '[82,92) 1×1 gap',
    ]);
  });

  it('take in what comes late where it is near enough, and else leave it out', () => {
    expect(windowsOf(sessions('10m', '90m'), [n(20), n(12, 10), n(1, 100), n(40), n(15, 1_000)])).toEqual([
      '[12,30) 2×11 gap',
      '[40,50) 1×1 gap',
    ]);
  });
});

it('a session that has ended is not begun again by what comes late', () => {
  const notes: Pipeline['run'] = (input, state) =>
    input.pipe(filter(is('note')), sessionWindows(state, 'w', { ...summing, gap: '10m' }), map(told));
  expect(windowsOf(notes, [n(0), came(30, 'tick'), n(3)])).toEqual(['[0,10) 1×1 gap']);
});

describe('windows of so many', () => {
  it('are told with the last of them, or as they are when it takes too long', () => {
    expect(windowsOf(fills(2, '30m'), [n(0), n(1), n(2), n(3), n(4)])).toEqual([
      '[0,1) 2×2 full',
      '[2,3) 2×2 full',
      '[4,34) 1×1 time',
    ]);
  });
});

describe('windows of a condition', () => {
  it('go from what opens them to what closes them, both included, or until it takes too long', () => {
    const arrivals = [n(0), n(1, 1, 'down'), n(2), n(3, 1, 'up'), n(4), n(5, 1, 'down')];
    expect(windowsOf(spells('30m'), arrivals)).toEqual(['[1,3) 3×3 ended', '[5,35) 1×1 time']);
  });

  it('are neither opened nor closed by what comes late', () => {
    expect(windowsOf(spells('30m'), [n(10, 1, 'down'), n(12), n(11, 1, 'up'), n(5), n(20, 1, 'up')])).toEqual([
      '[10,20) 3×3 ended',
    ]);
  });
});

describe('a sliding window', () => {
  const slid =
    (atMost: number): Pipeline['run'] =>
    (input, state) =>
      input.pipe(
        slidingWindows(state, 'w', { remember: nOf, within: '10m', atMost }),
        map(({ items, whole }) => figure(`${items.join('+')}${whole ? '' : '…'}`, 1)),
      );

  it('is what came within the time before each input', () => {
    expect(windowsOf(slid(9), [n(0, 1), n(5, 2), n(10, 3), n(30, 4)])).toEqual(['1', '1+2', '2+3', '4']);
  });

  it('says so where it could not hold all', () => {
    expect(windowsOf(slid(2), [n(0, 1), n(1, 2), n(2, 3), n(20, 4)])).toEqual(['1', '1+2', '2+3…', '4']);
    expect(windowsOf(slid(2), [n(0, 1), n(9, 2), n(9.75, 3), n(9.5, 4)])).toEqual(['1', '1+2', '2+3…', '2+4…']);
  });

  it('of what comes late is the one of its own time', () => {
    expect(windowsOf(slid(9), [n(0, 1), n(8, 2), n(4, 3), n(12, 4)])).toEqual(['1', '1+2', '1+3', '3+2+4']);
  });
});
