/** Draws from distributions, each by a source of uniform numbers: 0 ≤ x < 1. */
export type Uniform = () => number;

/** Of Beta(α, β), both above 0: 0 … 1. As X / (X + Y) with X of Gamma(α) and Y of Gamma(β) (Devroye 1986, IX.4). */
export function betaDraw(uniform: Uniform, alpha: number, beta: number): number {
  const x = gammaDraw(uniform, alpha);
  const y = gammaDraw(uniform, beta);
  return x + y === 0 ? alpha / (alpha + beta) : x / (x + y);
}

/** What can be relied on of Beta(α, β), both above 0: its mean less its standard deviation, 0 … 1. */
export function betaSure(alpha: number, beta: number): number {
  const all = alpha + beta;
  return Math.max(0, alpha / all - Math.sqrt((alpha * beta) / (all + 1)) / all);
}

/** Of Gamma(shape, 1), shape above 0 (Marsaglia and Tsang 2000; below 1 by their boost, U^(1/shape)). */
function gammaDraw(uniform: Uniform, shape: number): number {
  if (shape < 1) return gammaDraw(uniform, shape + 1) * (1 - uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  // Each try is taken more than 95 times in 100; the bound is there so that a broken source ends, too.
  for (let tries = 0; tries < 1_000; tries += 1) {
    const x = normalDraw(uniform);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
  return d;
}

/** Standard normal (Box and Muller 1958). */
function normalDraw(uniform: Uniform): number {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
