/**
 * Where a series lies and how far it strays: running mean, mean absolute deviation from it, and the range they have seen.
 * A list, as one is made of every sample: of an object each number would be one, too.
 */
export type Level = readonly [mean: number, spread: number, lowest: number, highest: number];

/** How fast a level follows: the weight of one sample, 0 … 1. */
export interface LevelRates {
  readonly mean: number;
  readonly spread: number;
}

export const levelAt = (value: number): Level => [value, 0, value, value];

/** How far a value lies from the mean, in spreads; 0 while there are too few samples to say. */
export function distanceFrom(level: Level, value: number, seen: number): number {
  if (seen < samplesToMeasure) return 0;
  const distance = (value - level[0]) / scaleOf(level);
  return Math.max(-distanceMax, Math.min(distanceMax, distance));
}

/**
 * The level after one more value. At the start every sample counts the same, so that the first does not rule for long;
 * later a value teaches as if it lay at most `clipAt` spreads away, so that an outage does not soon count as usual.
 */
export function levelAfter(level: Level, value: number, seen: number, rates: LevelRates): Level {
  const [before, spread, lowest, highest] = level;
  const reach = clipAt * scaleOf(level);
  const taught = seen < samplesToClip ? value : Math.max(before - reach, Math.min(before + reach, value));
  const even = 1 / (seen + 1);
  const mean = before + Math.max(rates.mean, even) * (taught - before);
  return [
    mean,
    spread + Math.max(rates.spread, even) * (Math.abs(taught - mean) - spread),
    Math.min(lowest, taught),
    Math.max(highest, taught),
  ];
}

/** The spread, but never less than a share of the range seen: small moves of a calm series are no news. */
export const scaleOf = ([mean, spread, lowest, highest]: Level): number =>
  Math.max(spread, (highest - lowest) * 0.005, Math.abs(mean) * 1e-9, 1e-9);

const samplesToMeasure = 10;
const samplesToClip = 30;
const clipAt = 6;
const distanceMax = 1e6;
