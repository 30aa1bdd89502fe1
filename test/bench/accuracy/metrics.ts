/** Pearson's r of two series of one length. */
export function pearson(left: readonly number[], right: readonly number[]): number {
  const meanLeft = meanOf(left);
  const meanRight = meanOf(right);
  let [together, alone, other] = [0, 0, 0];
  for (const [index, value] of left.entries()) {
    const a = value - meanLeft;
    const b = (right[index] ?? 0) - meanRight;
    together += a * b;
    alone += a * a;
    other += b * b;
  }
  return together / Math.sqrt(alone * other);
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** A prediction beside what came of it. */
export interface Judged {
  readonly score: number;
  readonly positive: boolean;
}

/** P(score of a positive > score of a negative), ties half: by ranks. */
export function auc(judged: readonly Judged[]): number {
  const sorted = judged.toSorted((a, b) => a.score - b.score);
  let positives = 0;
  let ranks = 0;
  for (let start = 0; start < sorted.length;) {
    let end = start;
    let tied = 0;
    for (; end < sorted.length && sorted[end]?.score === sorted[start]?.score; end += 1) {
      if (sorted[end]?.positive) tied += 1;
    }
    ranks += (tied * (start + 1 + end)) / 2;
    positives += tied;
    start = end;
  }
  const negatives = sorted.length - positives;
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Average precision: Σ (R_k − R_{k−1}) P_k, tied scores taken together. */
export function averagePrecision(judged: readonly Judged[]): number {
  const sorted = judged.toSorted((a, b) => b.score - a.score);
  const all = sorted.filter(({ positive }) => positive).length;
  let [found, sum] = [0, 0];
  for (let start = 0; start < sorted.length;) {
    let end = start;
    let tied = 0;
    for (; end < sorted.length && sorted[end]?.score === sorted[start]?.score; end += 1) {
      if (sorted[end]?.positive) tied += 1;
    }
    found += tied;
    sum += (tied / all) * (found / end);
    start = end;
  }
  return sum;
}

/** Mean squared error of probabilities. */
export const brier = (judged: readonly Judged[]): number =>
  meanOf(judged.map(({ score, positive }) => (score - (positive ? 1 : 0)) ** 2));

/** Expected calibration error: 15 bins of equal width. */
export function ece(judged: readonly Judged[], bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ count: 0, score: 0, positives: 0 }));
  for (const { score, positive } of judged) {
    const bin = sums[Math.min(bins - 1, Math.floor(score * bins))];
    if (!bin) continue;
    bin.count += 1;
    bin.score += score;
    bin.positives += positive ? 1 : 0;
  }
  return sums.reduce((sum, { score, positives }) => sum + Math.abs(score - positives), 0) / judged.length;
}

export interface Labelled<L> {
  readonly truth: L;
  readonly said: L;
}

export const accuracyOf = <L>(labelled: readonly Labelled<L>[]): number =>
  labelled.filter(({ truth, said }) => truth === said).length / labelled.length;

/** The mean of the classes' F1. */
export function macroF1<L>(labelled: readonly Labelled<L>[], classes: readonly L[]): number {
  return meanOf(
    classes.map((label) => {
      const hits = labelled.filter(({ truth, said }) => truth === label && said === label).length;
      const wrong = labelled.filter(({ truth, said }) => (truth === label) !== (said === label)).length;
      return hits === 0 ? 0 : (2 * hits) / (2 * hits + wrong);
    }),
  );
}

/** The mean of the classes' recall. */
export function macroRecall<L>(labelled: readonly Labelled<L>[], classes: readonly L[]): number {
  return meanOf(
    classes.map((label) => {
      const of = labelled.filter(({ truth }) => truth === label);
      return of.filter(({ said }) => said === label).length / of.length;
    }),
  );
}
