import { probabilityOf } from '../learning/probability.ts';

/**
 * Logistic regression learned one example at a time by AdaGrad (Duchi et al. 2011), over standardised numbers that are
 * always all there. `learning/logistic.ts` is for cases with words in them, or with gaps, and takes longer.
 * Plain JSON: five numbers, and four a feature.
 */
export type OnlineLogistic = {
  readonly examples: number;
  readonly positives: number;
  /** Log-odds of an average example, and the sum of its squared gradients. */
  readonly base: number;
  readonly baseSquares: number;
  readonly weights: readonly number[];
  readonly squares: readonly number[];
  /** Welford's means and sums of squared distances from them. */
  readonly means: readonly number[];
  readonly distances: readonly number[];
} | null;

/** How far the first steps go, in log-odds. */
const rate = 0.4;
/** In deviations: features count no more than this. Large amounts are rare and say much, so it is not small. */
const reach = 20;
const squaresFrom = 1e-6;
const deviationMin = 1e-3;

/** The model after an example; `base` is the log-odds it begins with. */
export function learned(
  before: OnlineLogistic,
  features: readonly number[],
  positive: boolean,
  base: number,
): NonNullable<OnlineLogistic> {
  const model = before ?? unlearned(features.length, base);
  const examples = model.examples + 1;
  const weights = model.weights.slice();
  const squares = model.squares.slice();
  const means = model.means.slice();
  const distances = model.distances.slice();
  // Judged with this example in the means and deviations, as it will be from now on.
  const inputs = features.slice();
  let rise = 0;
  for (let at = 0; at < inputs.length; at += 1) {
    const feature = features[at] ?? 0;
    const away = feature - (means[at] ?? 0);
    const mean = (means[at] ?? 0) + away / examples;
    const distance = (distances[at] ?? 0) + away * (feature - mean);
    const input = deviationsFrom(feature, mean, distance, examples);
    means[at] = mean;
    distances[at] = distance;
    inputs[at] = input;
    rise += (weights[at] ?? 0) * input;
  }
  const error = probabilityOf(model.base + rise) - (positive ? 1 : 0);
  for (let at = 0; at < inputs.length; at += 1) {
    const gradient = error * (inputs[at] ?? 0);
    const square = (squares[at] ?? squaresFrom) + gradient ** 2;
    squares[at] = square;
    weights[at] = (weights[at] ?? 0) - (rate * gradient) / Math.sqrt(square);
  }
  const baseSquares = model.baseSquares + error ** 2;
  const shifted = model.base - (rate * error) / Math.sqrt(baseSquares);
  const positives = model.positives + (positive ? 1 : 0);
  return { examples, positives, base: shifted, baseSquares, weights, squares, means, distances };
}

/** The features in deviations from their means. */
export function standardised(
  { examples, means, distances }: NonNullable<OnlineLogistic>,
  features: readonly number[],
): readonly number[] {
  const inputs = features.slice();
  for (let at = 0; at < inputs.length; at += 1) {
    inputs[at] = deviationsFrom(features[at] ?? 0, means[at] ?? 0, distances[at] ?? 0, Math.max(examples, 1));
  }
  return inputs;
}

/** How many deviations a feature lies from its mean, `reach` at most; `distance` is the sum of squares over the examples. */
function deviationsFrom(feature: number, mean: number, distance: number, examples: number): number {
  const z = (feature - mean) / Math.max(Math.sqrt(distance / examples), deviationMin);
  return Math.min(Math.max(z, -reach), reach);
}

/** What the inputs add to the log-odds of an average example. */
export function riseOf({ weights }: NonNullable<OnlineLogistic>, inputs: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < weights.length; at += 1) sum += (weights[at] ?? 0) * (inputs[at] ?? 0);
  return sum;
}

function unlearned(features: number, base: number): NonNullable<OnlineLogistic> {
  const zeros = Array.from({ length: features }, () => 0);
  return {
    examples: 0,
    positives: 0,
    base,
    baseSquares: squaresFrom,
    weights: zeros,
    squares: zeros.map(() => squaresFrom),
    means: zeros,
    distances: zeros,
  };
}
