/**
 * How far off forecasts are, in units of what is usual for the step: the errors made so far, and beside them a double
 * exponential distribution with mean 1, which errors of many series follow, for what few errors cannot tell.
 */
export interface Spread {
  /** |error|, ascending. */
  readonly sizes: readonly number[];
  /** What the errors from one up weigh together. */
  readonly massFrom: readonly number[];
}

/** Errors of one origin hang together: a list of n weighs as much as √n of them. */
export function spreadOf(misses: readonly (readonly number[])[]): Spread {
  const sized = misses
    .flatMap((list) => list.map((miss) => ({ size: Math.abs(miss), weight: 1 / Math.sqrt(list.length) })))
    .toSorted((one, other) => one.size - other.size);
  const massFrom: number[] = [];
  let mass = 0;
  for (const { weight } of sized.toReversed()) massFrom.push((mass += weight));
  return { sizes: sized.map(({ size }) => size), massFrom: massFrom.toReversed() };
}

/** P(|error| > `distance`), 0 … 1, falling without end. */
export function beyond({ sizes, massFrom }: Spread, distance: number): number {
  const own = massFrom[firstAbove(sizes, distance)] ?? 0;
  return (own + priorMass * Math.exp(-distance)) / ((massFrom[0] ?? 0) + priorMass);
}

/** Of how many errors' weight the prior distribution is. */
const priorMass = 40;

/**
 * How far an interval of `level` (above 0, below 1) reaches to each side, in usual errors: the quantile of what is known
 * with the conformal correction (n + 1) / n for the errors it is made of.
 */
export function reachOf(spread: Spread, level: number): number {
  const mass = (spread.massFrom[0] ?? 0) + priorMass;
  const outside = Math.max(1 - level * (1 + 1 / mass), (1 - level) / 2);
  let [low, high] = [0, reachMax];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (beyond(spread, middle) > outside) low = middle;
    else high = middle;
  }
  return high;
}

const reachMax = 200;

function firstAbove(sizes: readonly number[], distance: number): number {
  let [low, high] = [0, sizes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sizes[middle] ?? 0) > distance) high = middle;
    else low = middle + 1;
  }
  return low;
}
