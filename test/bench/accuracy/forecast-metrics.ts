import { adjusted, isSeasonal, seasonOf } from '../../../src/scoring/forecast/seasonality.ts';
import { meanOf } from './metrics.ts';

/** A series of the M competitions: what a forecaster sees, and what came of it. */
export interface Series {
  readonly id: string;
  readonly period: string;
  /** Length of the season the competition scales errors by; 1 for none. */
  readonly freq: number;
  /** Steps ahead. */
  readonly h: number;
  /** The history. */
  readonly x: readonly number[];
  /** The `h` values after it. Never shown to a forecaster. */
  readonly y: readonly number[];
}

/** Mean of 200 |y − f| / (|y| + |f|): per cent. */
export const smape = (truth: readonly number[], said: readonly number[]): number =>
  meanOf(
    truth.map((y, step) => {
      const f = said[step] ?? NaN;
      return y === f ? 0 : (200 * Math.abs(y - f)) / (Math.abs(y) + Math.abs(f));
    }),
  );

/** What MASE and MSIS divide by: the mean error of "as a season ago" within the history. */
export const scaleOf = ({ x, freq }: Pick<Series, 'x' | 'freq'>): number =>
  meanOf(x.slice(freq).map((value, index) => Math.abs(value - (x[index] ?? NaN))));

export const mase = (series: Series, said: readonly number[]): number =>
  meanOf(series.y.map((y, step) => Math.abs(y - (said[step] ?? NaN)))) / scaleOf(series);

/** Errors of one series' forecast. */
export interface Errors {
  readonly smape: number;
  readonly mase: number;
}

export const errorsOf = (series: Series, said: readonly number[]): Errors => ({
  smape: smape(series.y, said),
  mase: mase(series, said),
});

export const meanErrors = (errors: readonly Errors[]): Errors => ({
  smape: meanOf(errors.map((one) => one.smape)),
  mase: meanOf(errors.map((one) => one.mase)),
});

/** Overall weighted average of the M4 competition: errors beside Naive2's, ratios of the averages. */
export const owa = (ours: Errors, naive2: Errors): number => (ours.smape / naive2.smape + ours.mase / naive2.mase) / 2;

/** The last value, seasonally adjusted where the history passes the test for a season. */
export function naive2({ x, freq, h }: Pick<Series, 'x' | 'freq' | 'h'>): readonly number[] {
  const season = isSeasonal(x, freq) ? seasonOf(x, freq, 'multiplicative') : undefined;
  const last = (season ? adjusted(x, season) : x).at(-1) ?? NaN;
  return Array.from(
    { length: h },
    (_, step) => last * (season?.indices[(x.length + step) % season.indices.length] ?? 1),
  );
}

export type M3Period = 'monthly' | 'quarterly' | 'yearly' | 'other' | 'all';

/** Errors of the M3 competition's own NAIVE2, which are not quite those of `naive2`. */
export const naive2OfM3: Readonly<Record<'dev' | 'heldOut', Readonly<Record<M3Period, Errors>>>> = {
  dev: {
    monthly: { smape: 17.44, mase: 1.064 },
    quarterly: { smape: 9.85, mase: 1.235 },
    yearly: { smape: 18.32, mase: 3.182 },
    other: { smape: 5.96, mase: 2.916 },
    all: { smape: 15.05, mase: 1.67 },
  },
  heldOut: {
    monthly: { smape: 16.34, mase: 1.01 },
    quarterly: { smape: 10.05, mase: 1.241 },
    yearly: { smape: 17.44, mase: 3.161 },
    other: { smape: 6.65, mase: 3.262 },
    all: { smape: 14.43, mase: 1.66 },
  },
};

/** As a season ago. */
export const seasonalNaive = ({ x, freq, h }: Pick<Series, 'x' | 'freq' | 'h'>): readonly number[] =>
  Array.from({ length: h }, (_, step) => x[x.length - freq + (step % freq)] ?? NaN);

export type Interval = readonly [lower: number, upper: number];

/** Which part of the truth lies within the intervals, 0 … 1. */
export const coverageOf = (judged: readonly { readonly y: number; readonly interval: Interval }[]): number =>
  judged.filter(({ y, interval: [lower, upper] }) => y >= lower && y <= upper).length / judged.length;

/** Mean scaled interval score at `level`: the width, and 2/α of what lies outside, in units of MASE's. */
export function msis(series: Series, intervals: readonly Interval[], level = 0.95): number {
  const penalty = 2 / (1 - level);
  const scores = series.y.map((y, step) => {
    const [lower, upper] = intervals[step] ?? [NaN, NaN];
    return upper - lower + penalty * Math.max(lower - y, 0) + penalty * Math.max(y - upper, 0);
  });
  return meanOf(scores) / scaleOf(series);
}
