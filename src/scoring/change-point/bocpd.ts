/** What is believed of when the level or the noise last changed: one hypothesis a run length, the shortest run first. */
export type Belief = readonly Hypothesis[];

/** The run began `run` values ago, with this probability; what its values say of its mean and noise. */
export type Hypothesis = {
  readonly run: number;
  readonly probability: number;
  /** μ and β of the normal-inverse-gamma posterior; κ and α follow from `run`. */
  readonly mean: number;
  readonly beta: number;
  /** ln Γ(α + ½) − ln Γ(α), which Student's density needs. */
  readonly gammas: number;
};

export interface BocpdOptions {
  /** How often a change is expected, a value. Default 1/100. */
  readonly hazard?: number;
  /** So many run lengths are followed, the likeliest. Default 400. */
  readonly runsMax?: number;
}

/** Of a run without values: mean 0 and deviation 1, worth one value each. So values have to be standardised. */
const begun = { run: 0, mean: 0, beta: 1, gammas: Math.log(Math.PI) / 2 - Math.LN2 } as const;

/** Before the first value a run begins. */
export const noValues: Belief = [{ ...begun, probability: 1 }];

/**
 * One more value of a series with mean about 0 and deviation about 1: Bayesian online change-point detection (Adams & MacKay
 * 2007, arXiv:0710.3742) with a constant hazard and normal values of unknown mean and variance. Each run goes on with 1 − hazard
 * or ends with this value; what it predicted of the value is Student's t. Time grows with `runsMax`. Values that are no numbers
 * change nothing.
 */
export function beliefAfter(
  belief: Belief,
  value: number,
  { hazard = 1 / 100, runsMax = 400 }: BocpdOptions = {},
): Belief {
  if (!Number.isFinite(value)) return belief;
  const logs = belief.map((hypothesis) => Math.log(hypothesis.probability) + logDensity(hypothesis, value));
  const largest = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const grown = belief.map((hypothesis, index) =>
    grownBy(hypothesis, value, ((1 - hazard) * (weights[index] ?? 0)) / sum),
  );
  return likeliest([{ ...begun, probability: hazard }, ...grown], runsMax);
}

/** P(the run is at most `length` values old): that there was a change of late. 0 … 1. */
export const changedWithin = (belief: Belief, length: number): number =>
  Math.min(
    1,
    belief.reduce((sum, { run, probability }) => (run <= length ? sum + probability : sum), 0),
  );

/** Where a series changed, first index of every run but the first: the likeliest run at the end, then the one that it ended, … */
export function bocpdChangesOf(values: readonly number[], options: BocpdOptions = {}): readonly number[] {
  let belief = noValues;
  const runs = values.map((value) => {
    belief = beliefAfter(belief, value, options);
    return likeliestRun(belief);
  });
  const changes: number[] = [];
  for (let end = values.length; end > 0;) {
    end -= Math.max(1, runs[end - 1] ?? end);
    if (end > 0) changes.unshift(end);
  }
  return changes;
}

function likeliestRun(belief: Belief): number {
  return belief.reduce((best, one) => (one.probability > best.probability ? one : best)).run;
}

/** κ₀ = α₀ = β₀ = 1. */
const kappaOf = (run: number): number => 1 + run;
const alphaOf = (run: number): number => 1 + run / 2;

/** Student's t with 2α degrees of freedom around μ, its scale² β (κ + 1) / (α κ). */
function logDensity({ run, mean, beta, gammas }: Hypothesis, value: number): number {
  const [kappa, alpha] = [kappaOf(run), alphaOf(run)];
  const spread = (2 * beta * (kappa + 1)) / kappa;
  return gammas - Math.log(Math.PI * spread) / 2 - (alpha + 0.5) * Math.log1p((value - mean) ** 2 / spread);
}

function grownBy({ run, mean, beta, gammas }: Hypothesis, value: number, probability: number): Hypothesis {
  const kappa = kappaOf(run);
  return {
    run: run + 1,
    probability,
    mean: (kappa * mean + value) / (kappa + 1),
    beta: beta + (kappa * (value - mean) ** 2) / (2 * (kappa + 1)),
    // The next α is α + ½, and ln Γ(α + 1) − ln Γ(α + ½) = ln α − (ln Γ(α + ½) − ln Γ(α)).
    gammas: Math.log(alphaOf(run)) - gammas,
  };
}

/** All that can be told from nothing, or `runsMax` of them, in probabilities that add up to 1. */
function likeliest(all: Belief, runsMax: number): Belief {
  const told = all.filter(({ probability }) => probability > 0);
  if (told.length <= runsMax) return told;
  const least = told.map(({ probability }) => probability).toSorted((a, b) => b - a)[runsMax - 1] ?? 0;
  const kept = told.filter(({ probability }) => probability >= least).slice(0, runsMax);
  const sum = kept.reduce((total, { probability }) => total + probability, 0);
  return kept.map((one) => ({ ...one, probability: one.probability / sum }));
}
