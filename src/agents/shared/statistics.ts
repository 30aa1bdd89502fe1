import { twoSided } from '../../scoring/tails.ts';

/** A difference that was found: how many standard errors it is away from none, and how many observations speak. */
export interface Difference {
  readonly z: number;
  readonly n: number;
}

/**
 * How sure one may be that a difference is real, 0.5 … 1: the probability that it has the direction it was seen to have, for somebody who
 * expected none and would be moved by four observations, Φ(z·√(n / (n + 4))). The sceptical prior of Spiegelhalter, Abrams & Myles,
 * "Bayesian Approaches to Clinical Trials" (2004), 5.5: normal about 0 with a deviation of half of one observation's.
 */
export function confidenceOf({ z, n }: Difference): number {
  const sure = Math.abs(z) * Math.sqrt(n / (n + priorObservations));
  return Math.min(1 - twoSided(sure) / 2, confidenceMax);
}

const priorObservations = 4;
/** What was never wrong may still be. */
const confidenceMax = 0.99;

/** How likely a difference of that many standard errors, in either direction, is by chance. */
export const chanceOf = (z: number): number => twoSided(z);

/** Student's t with `df` degrees of freedom as the normal deviate as unlikely (Wallace 1959, error below 0.02). */
export function normalOf(t: number, df: number): number {
  if (!(df > 0)) return 0;
  const size = ((8 * df + 1) / (8 * df + 3)) * Math.sqrt(df * Math.log1p((t * t) / df));
  return Math.sign(t) * size;
}

/** Agents are asked often: at one in twenty they would tell of chance every other week. */
export const usualLevel = 0.01;

/** A sample as its count, mean and variance. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** The mean of `a` less that of `b`, which may vary differently (Welch 1947). z 0 where either has fewer than two values. */
export function welch(a: Sample, b: Sample): Difference {
  const n = harmonic(a.n, b.n);
  const [ofA, ofB] = [a.variance / a.n, b.variance / b.n];
  if (a.n < 2 || b.n < 2) return { z: 0, n };
  const error = ofA + ofB;
  if (error === 0) return { z: a.mean === b.mean ? 0 : Math.sign(a.mean - b.mean) * deviationsMax, n };
  const df = error ** 2 / (ofA ** 2 / (a.n - 1) + ofB ** 2 / (b.n - 1));
  return { z: normalOf((a.mean - b.mean) / Math.sqrt(error), df), n };
}

/** The same for samples that are taken to vary alike, which says more of few values (Student 1908). */
export function student(a: Sample, b: Sample): Difference {
  const df = a.n + b.n - 2;
  const variance = ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / Math.max(df, 1);
  const error = Math.sqrt(variance * (1 / a.n + 1 / b.n));
  const n = harmonic(a.n, b.n);
  if (df < 1 || a.mean === b.mean) return { z: 0, n };
  const t = error === 0 ? Math.sign(a.mean - b.mean) * Infinity : (a.mean - b.mean) / error;
  return { z: Math.max(Math.min(normalOf(t, df), deviationsMax), -deviationsMax), n };
}

const deviationsMax = 8;

/** The rate of `a` events in `spanA` less that of `b` in `spanB`, in standard errors: on Anscombe's scale counts spread alike. */
export function rates(a: number, spanA: number, b: number, spanB: number): Difference {
  const share = spanA / spanB;
  const z = (2 * (Math.sqrt(a + 3 / 8) - Math.sqrt((b + 3 / 8) * share))) / Math.sqrt(1 + share);
  return { z, n: a + b };
}

/** The share `hits / of` of `a` less that of `b`, pooled, with half an observation taken off for continuity. */
export function shares(a: { hits: number; of: number }, b: { hits: number; of: number }): Difference {
  const n = harmonic(a.of, b.of);
  if (a.of === 0 || b.of === 0) return { z: 0, n };
  const pooled = (a.hits + b.hits) / (a.of + b.of);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.of + 1 / b.of));
  const difference = a.hits / a.of - b.hits / b.of;
  const continuity = (1 / a.of + 1 / b.of) / 2;
  if (error === 0) return { z: 0, n };
  return { z: (Math.sign(difference) * Math.max(Math.abs(difference) - continuity, 0)) / error, n };
}

/** Where a share lies with 80 %, seen `hits` times of `of` (Wilson 1927). */
export function shareInterval(hits: number, of: number, z = 1.2816): readonly [lower: number, upper: number] {
  if (of === 0) return [0, 1];
  const share = hits / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const reach = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return [Math.max(middle - reach, 0), Math.min(middle + reach, 1)];
}

/**
 * Which of many findings stand, so that of those at most that share is expected to be chance (Benjamini & Hochberg 1995). In the
 * order given.
 */
export function discoveries<T>(all: readonly T[], chance: (one: T) => number, falseShare = usualLevel): readonly T[] {
  const sorted = all.map(chance).toSorted((a, b) => a - b);
  const last = sorted.findLastIndex((p, index) => p <= (falseShare * (index + 1)) / sorted.length);
  const bar = sorted[last];
  return bar === undefined ? [] : all.filter((one) => chance(one) <= bar);
}

/** One that is apart from the others, those left out that are further apart. */
export interface Apart<T> {
  readonly one: T;
  readonly others: readonly T[];
  readonly difference: Difference;
}

/**
 * Which of several are unlike the others, the furthest first: each that is found is left out before the next are compared, or it would set the
 * others apart from one another. The level is that of all that are left together (Bonferroni). `among` is given all that are left, once
 * for each that is found: what they come to together it adds up there, not anew for each.
 */
export function apartOf<T>(
  all: readonly T[],
  among: (all: readonly T[]) => (one: T) => Difference,
  level = usualLevel,
): readonly Apart<T>[] {
  const found: Apart<T>[] = [];
  for (let left = all; left.length > 1;) {
    const differenceOf = among(left);
    const compared = left.map((one) => ({ one, difference: differenceOf(one) }));
    const [furthest] = compared.toSorted((a, b) => Math.abs(b.difference.z) - Math.abs(a.difference.z));
    if (!furthest || chanceOf(furthest.difference.z) > level / left.length) break;
    left = without(left, furthest.one);
    found.push({ ...furthest, others: left });
  }
  return found;
}

/** To compare each with the others as they are. */
export const withOthers =
  <T>(differenceOf: (one: T, others: readonly T[]) => Difference) =>
  (all: readonly T[]) =>
  (one: T): Difference =>
    differenceOf(one, without(all, one));

const without = <T>(all: readonly T[], one: T): readonly T[] => all.filter((other) => other !== one);

const harmonic = (a: number, b: number): number => (a + b === 0 ? 0 : (2 * a * b) / (a + b));

export function sampleOf(values: readonly number[]): Sample {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(n, 1);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { n, mean, variance: n < 2 ? 0 : squares / (n - 1) };
}
