import type { Scorer } from '../scorer.ts';
import { scaleOf } from './level.ts';
import { rarityAfter, samplesToWarm, type Likelihood, type Remembered } from './likelihoods.ts';
import { alarmDigits, judged, refractoryAt, type Refractory } from './refractory.ts';

/** A sample of one metric. */
export interface TimedSampleSeen {
  readonly eventId: string;
  /** Event time, ms. */
  readonly at: number;
  readonly value: number;
  readonly unit: string;
}

/** What is remembered of a metric; about 1 KB as JSON, however long it runs. */
export type Watched = {
  readonly remembered: Remembered;
  readonly refractory: Refractory;
} | null;

/**
 * Tells when a metric begins to run unlike before: a jump, a shift of its level, unrest, a value beyond its range, a flat
 * line. Each is measured by how rare it has been in this very metric, the rarest counts, and what was told is not told
 * again for a day unless it gets worse: an alarm is one sample, not a row of them.
 *
 * The likelihoods follow Ahmad et al. 2017 (doi:10.1016/j.neucom.2017.04.070): a short mean of residuals against their
 * long run; their tails are exponential (tail.ts), not normal, as those of metrics are.
 */
export const metricAnomaly: Scorer<TimedSampleSeen, Watched> = {
  // Not `metric_anomaly`: pipelines/metrics.ts gives that name to `anomaly`, which stays up for as long as a metric is odd.
  name: 'metric_onset',
  version: 2,
  range: '0 … 1; 0.5 is one sample in a thousand, 0.75 one in a million',
  initial: null,
  score({ eventId, at, value, unit }, watched) {
    if (!(Math.abs(value) < measurableBelow)) return { state: watched, figure: undefined };
    const { rarity, after } = rarityAfter(watched?.remembered ?? null, value);
    const { state, digits, quiet } = judged(watched?.refractory ?? refractoryAt(at), at, rarity.digits);
    const scored = { remembered: after, refractory: state };
    if (after.seen <= samplesToWarm) {
      const quote = `sample ${after.seen} of ${samplesToWarm}`;
      const contributions = [{ name: 'warming up', weight: 0, value: 1, eventId, quote }];
      return { state: scored, figure: { value: 0, confidence: (0.3 * after.seen) / samplesToWarm, contributions } };
    }
    const confidence = 1 - Math.exp(-after.seen / samplesToTrust);
    // Nothing made it nothing: most samples are usual, and a quote costs more than all the rest.
    if (digits === 0) return { state: scored, figure: { value: 0, confidence, contributions: [] } };
    const figure = (1 - 2 ** (-digits / alarmDigits)) * (quiet ? quietShare : 1);
    const name = quiet ? `${rarity.likelihood}, told of before` : rarity.likelihood;
    const quote =
      `${told(value)} ${unit.slice(0, unitMax)}`.trimEnd() +
      `, ${evidenceOf(rarity.likelihood, watched?.remembered ?? after, after)}`;
    const contributions = [{ name, weight: figure / digits, value: digits, eventId, quote }];
    return { state: scored, figure: { value: figure, confidence, contributions } };
  },
};

/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;
const samplesToTrust = 300;
const unitMax = 40;
/** What was told of before stays below one half, whatever it is. */
const quietShare = 0.5;

/** What the likelihood saw, beside what it knew before. */
function evidenceOf(likelihood: Likelihood, { range, slow }: Remembered, { flatline }: Remembered): string {
  if (likelihood === 'range') return `never outside ${told(range[0])} … ${told(range[1])} before`;
  if (likelihood === 'flatline') return `${flatline.run + 1} times in a row, at most ${flatline.longest + 1} before`;
  return `usually ${told(slow[0])} ± ${told(scaleOf(slow))}`;
}

function told(value: number): string {
  return String(Number(value.toPrecision(4)));
}
