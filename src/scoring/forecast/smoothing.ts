import { leastNear, leastOnLine } from './search.ts';

/** What is forecast for a series without season: step `h` is `level + trend[h − 1]`. */
export interface Path {
  readonly level: number;
  readonly trend: readonly number[];
}

/** Where simple exponential smoothing, `l += α (y − l)`, stands after the last value. */
export interface Smoothed {
  readonly level: number;
  /** By least squared one-step errors. */
  readonly alpha: number;
  /** Mean |one-step error| within the history. */
  readonly usualError: number;
}

export function smoothed(values: readonly number[]): Smoothed {
  const alpha = leastOnLine((alpha) => squaredErrors(values, alpha), 0.02, 0.99);
  let level = startOf(values);
  let sum = 0;
  for (const value of values) {
    sum += Math.abs(value - level);
    level += alpha * (value - level);
  }
  return { level, alpha, usualError: sum / Math.max(values.length, 1) };
}

function squaredErrors(values: readonly number[], alpha: number): number {
  let level = startOf(values);
  let sum = 0;
  for (const value of values) {
    const error = value - level;
    sum += error * error;
    level += alpha * error;
  }
  return sum;
}

/** Where a level starts: the mean of the first three values. */
function startOf([first = 0, second = first, third = second]: readonly number[]): number {
  return (first + second + third) / 3;
}

/**
 * Damped Holt (Gardner & McKenzie 1985): `ŷ = l + φb; l = ŷ + α(y − ŷ); b = φb + β(l − l₋₁ − φb)`, step `h` is
 * `l + b Σ φⁱ`. α, β, φ by least squared one-step errors; starts on the line through the first ten values.
 */
export function damped(values: readonly number[], horizon: number): Path {
  const start = lineThrough(values.slice(0, 10));
  const rates = leastNear((at) => runDamped(values, start, at).cost, dampedAxes, 2);
  const { level, slope, phi } = runDamped(values, start, rates);
  const trend: number[] = [];
  let sum = 0;
  for (let ahead = 1; ahead <= horizon; ahead += 1) trend.push((sum += slope * phi ** ahead));
  return { level, trend };
}

/** α, β and φ. */
const dampedAxes = [
  { start: 0.4, min: 0.02, max: 0.99, step: 0.2 },
  { start: 0.1, min: 0, max: 0.6, step: 0.1 },
  { start: 0.9, min: 0.8, max: 0.98, step: 0.06 },
];

function runDamped(
  values: readonly number[],
  line: Line,
  [alpha = 0, beta = 0, phi = 1]: readonly number[],
): { readonly level: number; readonly slope: number; readonly phi: number; readonly cost: number } {
  let level = line.at - line.slope;
  let slope = line.slope;
  let cost = 0;
  for (const value of values) {
    const expected = level + phi * slope;
    const error = value - expected;
    const next = expected + alpha * error;
    slope = phi * slope + beta * (next - level - phi * slope);
    level = next;
    cost += error * error;
  }
  return { level, slope, phi, cost };
}

/**
 * Theta (Assimakopoulos & Nikolopoulos 2000): the mean of the straight line through the series, and of the simple
 * smoothing of the θ-line `2y − line`, whose moves about the line are twice as large.
 */
export function theta(values: readonly number[], horizon: number): Path {
  const { at, slope } = lineThrough(values);
  const moves = values.map((value, index) => 2 * value - (at + slope * index));
  const end = at + slope * (values.length - 1);
  return {
    level: (smoothed(moves).level + end) / 2,
    trend: Array.from({ length: horizon }, (_, ahead) => (slope * (ahead + 1)) / 2),
  };
}

/** A line by least squares: `at` is its value at position 0. */
interface Line {
  readonly at: number;
  readonly slope: number;
}

function lineThrough(values: readonly number[]): Line {
  const middle = (values.length - 1) / 2;
  let [sum, tilt, power] = [0, 0, 0];
  for (const [index, value] of values.entries()) {
    sum += value;
    tilt += (index - middle) * value;
    power += (index - middle) ** 2;
  }
  const slope = power > 0 ? tilt / power : 0;
  return { at: sum / Math.max(values.length, 1) - slope * middle, slope };
}
