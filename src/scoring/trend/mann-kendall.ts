import { twoSided } from '../tails.ts';

export interface MannKendall {
  /** −1 … 1: of all pairs, rising ones less falling ones. */
  readonly tau: number;
  /** S in its standard deviations without a trend, corrected for continuity and ties. */
  readonly z: number;
  /** How likely that much, up or down, is without a trend. Fair from ten values on. */
  readonly p: number;
  /** Sen's slope: the median of all pairs' slopes, a step. What single odd values do not move. */
  readonly slope: number;
}

/** At most the last this many values are judged: pairs grow with the square. */
export const mannKendallValuesMax = 400;

/**
 * Whether values rise or fall in time, whatever their distribution (Mann 1945, Kendall 1975): for daily figures, at one
 * distance. Values that depend on the one before make it too sure of itself.
 */
export function mannKendall(all: readonly number[]): MannKendall | undefined {
  const values = all.slice(-mannKendallValuesMax);
  const count = values.length;
  if (count < 3) return undefined;
  const slopes: number[] = [];
  let s = 0;
  for (const [later, value] of values.entries()) {
    for (let earlier = 0; earlier < later; earlier += 1) {
      const rise = value - (values[earlier] ?? value);
      s += Math.sign(rise);
      slopes.push(rise / (later - earlier));
    }
  }
  const deviation = Math.sqrt((spreadOf(count) - tied(values)) / 18);
  const z = deviation === 0 ? 0 : (s - Math.sign(s)) / deviation;
  return { tau: s / slopes.length, z, p: twoSided(z), slope: medianOf(slopes) };
}

/** 18 times the variance of S for that many values in any order. */
const spreadOf = (count: number): number => count * (count - 1) * (2 * count + 5);

/** What equal values take from it. */
function tied(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum + spreadOf(count), 0);
}

function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).toSorted();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
