import type { Forecast } from '../forecast.ts';
import { beyond } from './spread.ts';

/** How probable it is that a threshold is crossed, step by step. */
export interface Crossing {
  /** P(the value of this step is beyond the threshold). */
  readonly at: readonly number[];
  /** P(a value has been beyond by this step): never falls. */
  readonly by: readonly number[];
}

/**
 * P(value > threshold), or < with `below`, under the distribution the intervals come from. Together the steps cross with
 * `1 − Π (1 − p)` where their errors have nothing to do with each other, and with the largest p where they are one error: in
 * between by how far neighbouring errors went together so far.
 */
export function crossing(
  { points, usual, spread, misses }: Forecast,
  threshold: number,
  side: 'above' | 'below' = 'above',
): Crossing {
  const together = togetherness(misses);
  const by: number[] = [];
  let [none, largest] = [1, 0];
  const at = points.map((point, step) => {
    const distance = (side === 'above' ? point - threshold : threshold - point) / (usual[step] ?? 1);
    const other = beyond(spread, Math.abs(distance)) / 2;
    const here = distance > 0 ? 1 - other : other;
    none *= 1 - here;
    largest = Math.max(largest, here);
    by.push(together * largest + (1 - together) * (1 - none));
    return here;
  });
  return { at, by };
}

/**
 * The first step, from 1, by which the threshold is crossed with at least `probability`; undefined where there is none. With
 * 0.9 nothing is told whose 80 % interval still reaches to the threshold.
 */
export function leadOf({ by }: Crossing, probability: number): number | undefined {
  const index = by.findIndex((crossed) => crossed >= probability);
  return index < 0 ? undefined : index + 1;
}

/** Correlation of errors of neighbouring steps of one outlook, 0 … 1; 1 where there were no two. */
function togetherness(misses: readonly (readonly number[])[]): number {
  let [product, power] = [0, 0];
  for (const list of misses) {
    for (const [index, miss] of list.slice(1).entries()) {
      const before = list[index] ?? 0;
      product += miss * before;
      power += (miss * miss + before * before) / 2;
    }
  }
  return power > 0 ? Math.min(Math.max(product / power, 0), 1) : 1;
}
