/**
 * Page-Hinkley's test (Page 1954) on a stream of losses: adds up how far they are above their mean, and gives the alarm
 * when the sum has risen far above its lowest. Four numbers, plain JSON.
 */
export type Drift = {
  readonly seen: number;
  readonly mean: number;
  /** Σ (loss − mean − tolerated), from its lowest on. */
  readonly risen: number;
  readonly alarms: number;
};

export const noDrift: Drift = { seen: 0, mean: 0, risen: 0, alarms: 0 };

/** A loss this much above the mean, in nats, is no change yet. */
const tolerated = 0.01;
/** The alarm, in nats: some thirty rows in a row that cost one nat more than usual. */
const risenToAlarm = 30;
/** Until so many rows are seen there is no mean to compare with. */
const seenToJudge = 100;

export interface Watched {
  readonly drift: Drift;
  readonly alarm: boolean;
}

/** The test after one more loss. An alarm begins it anew, for what is usual from then on. */
export function watched({ seen, mean, risen, alarms }: Drift, loss: number): Watched {
  const now = seen + 1;
  const usual = mean + (loss - mean) / now;
  // The sum above its lowest is what Page-Hinkley compares, and all that has to be remembered of both.
  const above = Math.max(0, risen + loss - usual - tolerated);
  if (now >= seenToJudge && above > risenToAlarm) return { drift: { ...noDrift, alarms: alarms + 1 }, alarm: true };
  return { drift: { seen: now, mean: usual, risen: above, alarms }, alarm: false };
}

/** What a prediction cost once the label is known: −log of the probability it gave it, at most some 14 nats. */
export function logLoss(probability: number, label: boolean): number {
  return -Math.log(Math.max(label ? probability : 1 - probability, 1e-6));
}
