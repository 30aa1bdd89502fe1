/*
 * How surprising a figure is under a distribution: −log₁₀ of the probability of one as large or larger. 2 is once in a
 * hundred, 6 once in a million. Worked out in logarithms, so that what is next to impossible still has an order.
 */

/** −log₁₀ P(Z ≥ z) of the standard normal; relative error below 2·10⁻⁷ (`erfcc` of Numerical Recipes, 6.2). */
export function normalSurprise(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  let polynomial = 0;
  for (let at = erfcCoefficients.length - 1; at >= 0; at -= 1)
    polynomial = polynomial * t + (erfcCoefficients[at] ?? 0);
  const logErfc = Math.log(t) - x * x + polynomial;
  const logTail = logErfc - Math.LN2;
  return (z >= 0 ? -logTail : -Math.log1p(-Math.exp(logTail))) / Math.LN10;
}

const erfcCoefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

/** −log₁₀ P(N ≥ count) of the Poisson with that mean. */
export function poissonSurprise(count: number, mean: number): number {
  if (count <= 0) return 0;
  if (count <= mean) return -Math.log10(1 - poissonBelow(count, mean));
  // P(N ≥ c) = P(N = c) · (1 + m/(c+1) + m²/((c+1)(c+2)) + …), whose terms shrink from the first on.
  let [sum, term] = [1, 1];
  for (let next = count + 1; term > sum * 1e-12; next += 1) {
    term *= mean / next;
    sum += term;
  }
  return -(logPoisson(count, mean) + Math.log(sum)) / Math.LN10;
}

/** P(N < count), for counts up to the mean: summed from the largest term down. */
function poissonBelow(count: number, mean: number): number {
  let term = Math.exp(logPoisson(count - 1, mean));
  let sum = term;
  for (let next = count - 1; next > 0 && term > sum * 1e-12; next -= 1) {
    term *= next / mean;
    sum += term;
  }
  return Math.min(sum, 1 - Number.EPSILON);
}

const logPoisson = (count: number, mean: number): number => count * Math.log(mean) - mean - logFactorial(count);

/** Exact up to 20, then Stirling's series: absolute error below 10⁻¹⁰. */
function logFactorial(count: number): number {
  if (count > 20) {
    const log = Math.log(count);
    return count * log - count + (log + Math.log(2 * Math.PI)) / 2 + 1 / (12 * count) - 1 / (360 * count ** 3);
  }
  let product = 1;
  for (let factor = 2; factor <= count; factor += 1) product *= factor;
  return Math.log(product);
}

/** P(|Z| ≥ |z|): how likely a figure that far from the middle is, on either side. */
export const twoSided = (z: number): number => Math.min(1, 2 * 10 ** -normalSurprise(Math.abs(z)));
