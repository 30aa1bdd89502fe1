/** The place on `min … max` where `cost` is least: a coarse grid, then golden section around its best place. */
export function leastOnLine(cost: (at: number) => number, min: number, max: number): number {
  const width = (max - min) / gridSteps;
  let best = min;
  let least = Infinity;
  for (let step = 0; step <= gridSteps; step += 1) {
    const at = min + step * width;
    const here = cost(at);
    if (here < least) [best, least] = [at, here];
  }
  return goldenSection(cost, Math.max(min, best - width), Math.min(max, best + width));
}

const gridSteps = 10;
const goldenSteps = 8;
const golden = (Math.sqrt(5) - 1) / 2;

function goldenSection(cost: (at: number) => number, min: number, max: number): number {
  let [low, high] = [min, max];
  let left = high - golden * (high - low);
  let right = low + golden * (high - low);
  let [costLeft, costRight] = [cost(left), cost(right)];
  for (let step = 0; step < goldenSteps; step += 1) {
    if (costLeft <= costRight) {
      [high, right, costRight] = [right, left, costLeft];
      left = high - golden * (high - low);
      costLeft = cost(left);
    } else {
      [low, left, costLeft] = [left, right, costRight];
      right = low + golden * (high - low);
      costRight = cost(right);
    }
  }
  return costLeft <= costRight ? left : right;
}

/** One coordinate of what is searched. */
export interface Axis {
  readonly start: number;
  readonly min: number;
  readonly max: number;
  /** The first step along it. */
  readonly step: number;
}

/**
 * A place where `cost` is low: along one coordinate after another, all steps halved up to `halvings` times when none of them
 * helps any more. Not the least of all: what it finds depends on where it starts, and always the same.
 */
export function leastNear(
  cost: (at: readonly number[]) => number,
  axes: readonly Axis[],
  halvings: number,
): readonly number[] {
  let best: readonly number[] = axes.map(({ start }) => start);
  let least = cost(best);
  for (let halved = 0; halved <= halvings;) {
    const before = least;
    for (const [index, { min, max, step }] of axes.entries()) {
      for (const by of [step, -step]) {
        const to = Math.min(max, Math.max(min, (best[index] ?? 0) + by / 2 ** halved));
        if (to === best[index]) continue;
        const at = best.with(index, to);
        const here = cost(at);
        if (!(here < least)) continue;
        [best, least] = [at, here];
        break;
      }
    }
    if (!(least < before)) halved += 1;
  }
  return best;
}
