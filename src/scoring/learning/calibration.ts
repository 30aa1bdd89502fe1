import { probabilityOf } from './probability.ts';

/**
 * How predictions turned out, in bins of their log-odds, and the line through them that corrects the next ones (Platt
 * 1999). Twenty bins of three numbers, plain JSON. Older rows count less: what held long ago says little of today.
 */
export type Calibration = {
  readonly bins: readonly Bin[];
  readonly line: Line;
  /** Rows since the line was drawn. */
  readonly since: number;
};

export type Bin = {
  readonly count: number;
  /** Sum of the log-odds that were predicted. */
  readonly logits: number;
  readonly positives: number;
};

/** Calibrated log-odds = slope × log-odds + shift. */
export type Line = { readonly slope: number; readonly shift: number };

export const binCount = 20;
/** Half a log-odd a bin, from −5 (0.7 %) to 5 (99.3 %), so that rare outcomes are told apart as well as even ones. */
const binWidth = 0.5;
const drawEvery = 25;
/** After so many rows one counts half. */
const halfLifeRows = 2_000;

const emptyBin: Bin = { count: 0, logits: 0, positives: 0 };

export const uncalibrated: Calibration = {
  bins: Array.from({ length: binCount }, () => emptyBin),
  line: { slope: 1, shift: 0 },
  since: 0,
};

export const calibrated = ({ line }: Calibration, logit: number): number => line.slope * logit + line.shift;

/** The table after the label of a prediction is known. Every 25 rows it forgets a little and the line is drawn anew. */
export function calibratedBy(
  { bins, line, since }: Calibration,
  logit: number,
  label: boolean,
  weight = 1,
): Calibration {
  const hit = binOf(logit);
  const { count, logits, positives } = bins[hit] ?? emptyBin;
  const fed = bins.with(hit, {
    count: count + weight,
    logits: logits + weight * logit,
    positives: positives + (label ? weight : 0),
  });
  if (since + 1 < drawEvery) return { bins: fed, line, since: since + 1 };
  return { bins: fed.map(faded), line: lineThrough(fed), since: 0 };
}

function faded({ count, logits, positives }: Bin): Bin {
  const left = 2 ** (-drawEvery / halfLifeRows);
  return { count: count * left, logits: logits * left, positives: positives * left };
}

/** What is to be shown of the table: how often it came true beside what was said. */
export function reliabilityOf({ bins, line }: Calibration): readonly Reliability[] {
  return bins
    .filter(({ count }) => count > 0)
    .map(({ count, logits, positives }) => ({
      count,
      said: probabilityOf(logits / count),
      calibrated: probabilityOf(line.slope * (logits / count) + line.shift),
      cameTrue: positives / count,
    }));
}

export interface Reliability {
  readonly count: number;
  /** 0 … 1: what the model said, on average in log-odds. */
  readonly said: number;
  readonly calibrated: number;
  readonly cameTrue: number;
}

const binOf = (logit: number): number =>
  Math.min(binCount - 1, Math.max(0, Math.floor(logit / binWidth) + binCount / 2));

/** The ridge: "as predicted" counts for about a hundred even predictions beside what was seen. */
const ridge = 25;
const newtonSteps = 4;

/** The likeliest line through the bins, by Newton's steps from none; ridge towards slope 1 and shift 0. */
function lineThrough(bins: readonly Bin[]): Line {
  let slope = 1;
  let shift = 0;
  for (let step = 0; step < newtonSteps; step += 1) {
    let [gSlope, gShift] = [ridge * (slope - 1), ridge * shift];
    let [hSlope, hBoth, hShift] = [ridge, 0, ridge];
    for (const { count, logits, positives } of bins) {
      if (count === 0) continue;
      const logit = logits / count;
      const probability = probabilityOf(slope * logit + shift);
      const error = count * probability - positives;
      const curve = count * probability * (1 - probability);
      gSlope += error * logit;
      gShift += error;
      hSlope += curve * logit * logit;
      hBoth += curve * logit;
      hShift += curve;
    }
    const determinant = hSlope * hShift - hBoth * hBoth;
    slope -= (hShift * gSlope - hBoth * gShift) / determinant;
    shift -= (hSlope * gShift - hBoth * gSlope) / determinant;
  }
  // A line that turns the order round, or blows it up, is noise.
  return { slope: Math.min(4, Math.max(0.25, slope)), shift: Math.min(4, Math.max(-4, shift)) };
}
