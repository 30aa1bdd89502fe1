/**
 * Logistic regression learned one example at a time by AdaGrad (Duchi et al. 2011), over standardised features. Plain
 * JSON: five numbers, and four a feature.
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
  const model = moved(before ?? unlearned(features.length, base), features, positive);
  const inputs = standardised(model, features);
  const error = 1 / (1 + Math.exp(-logitOf(model, inputs))) - (positive ? 1 : 0);
  const squares = model.squares.map((square, at) => square + (error * (inputs[at] ?? 0)) ** 2);
  const baseSquares = model.baseSquares + error ** 2;
  return {
    examples: model.examples,
    positives: model.positives,
    base: model.base - (rate * error) / Math.sqrt(baseSquares),
    baseSquares,
    weights: model.weights.map(
      (weight, at) => weight - (rate * error * (inputs[at] ?? 0)) / Math.sqrt(squares[at] ?? 1),
    ),
    squares,
    means: model.means,
    distances: model.distances,
  };
}

/** The features in deviations from their means. */
export function standardised({ examples, means, distances }: NonNullable<OnlineLogistic>, features: readonly number[]) {
  return features.map((value, at) => {
    const deviation = Math.sqrt((distances[at] ?? 0) / Math.max(examples, 1));
    const z = (value - (means[at] ?? 0)) / Math.max(deviation, deviationMin);
    return Math.min(Math.max(z, -reach), reach);
  });
}

function logitOf({ base, weights }: NonNullable<OnlineLogistic>, inputs: readonly number[]): number {
  let sum = base;
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

/** Means and deviations with one more example in them. */
function moved(model: NonNullable<OnlineLogistic>, features: readonly number[], positive: boolean) {
  const examples = model.examples + 1;
  const means = model.means.map((mean, at) => mean + ((features[at] ?? 0) - mean) / examples);
  const distances = model.distances.map((distance, at) => {
    const value = features[at] ?? 0;
    return distance + (value - (model.means[at] ?? 0)) * (value - (means[at] ?? 0));
  });
  const { base, baseSquares, weights, squares } = model;
  const positives = model.positives + (positive ? 1 : 0);
  return { examples, positives, base, baseSquares, weights, squares, means, distances };
}
