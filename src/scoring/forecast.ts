import { oneSeason } from './forecast/one-season.ts';
import { pointsOf, type Fit } from './forecast/outlook.ts';
import { reachOf, spreadOf, type Spread } from './forecast/spread.ts';
import { twoSeasons } from './forecast/two-seasons.ts';

/** How far apart the values of a history are. */
export type Period = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';

export interface ForecastOptions {
  readonly period: Period;
  /** How many steps ahead, 1 or more. */
  readonly horizon: number;
  /** Length of the season, where it is not the period's own (a day of hours, a week of days, a year of the others); 1 for none. */
  readonly seasonLength?: number;
  /** What no value is below: 0 for revenue. Default: nothing. */
  readonly atLeast?: number;
}

/** Where one step's forecast comes from, in the unit of the history: the four add up to the point. */
export interface Parts {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
  /** What it took to lift a forecast to `atLeast`; else 0. */
  readonly limit: number;
}

export type Interval = readonly [lower: number, upper: number];

export interface Forecast {
  /** One value a step. */
  readonly points: readonly number[];
  readonly parts: readonly Parts[];
  /** The usual |error| of each step. */
  readonly usual: readonly number[];
  /** How the errors spread, in usual ones. */
  readonly spread: Spread;
  /** Errors of earlier forecasts of the same history, origin by origin, in usual ones. */
  readonly misses: readonly (readonly number[])[];
  /** Where the value of each step lies with probability `level`; `widen` adds to the reach, in usual errors. */
  intervals(level: number, widen?: number): readonly Interval[];
}

/**
 * Forecasts a history of equally spaced, finite values, oldest first; undefined where there are none. Of long histories the last
 * `historyMax` values count. Pure: the same history gives the same forecast.
 */
export function forecast(history: readonly number[], options: ForecastOptions): Forecast | undefined {
  const { atLeast = -Infinity } = options;
  if (history.length === 0) return undefined;
  const { outlook, usual, misses } = fitOf(history, options);
  const parts = pointsOf(outlook).map((plain, step): Parts => {
    const [level, trend, season] = [outlook.level, outlook.trend[step] ?? 0, outlook.season[step] ?? 0];
    return { level, trend, season, limit: Math.max(atLeast - plain, 0) };
  });
  const points = parts.map(({ level, trend, season, limit }) => level + trend + season + limit);
  const spread = spreadOf(misses);
  return {
    points,
    parts,
    usual,
    spread,
    misses,
    intervals(level, widen = 0) {
      const reach = Math.max(reachOf(spread, level) + widen, 0);
      return points.map((point, step) => {
        const half = reach * (usual[step] ?? 0);
        return [Math.max(point - half, atLeast), point + half];
      });
    },
  };
}

/** Values that count, by whether there is a season within the season. What is older tells little, and takes time. */
export const historyMax = { oneSeason: 260, twoSeasons: 1_008 } as const;

function fitOf(history: readonly number[], { period, horizon, seasonLength }: ForecastOptions): Fit {
  const week = 168;
  if (period === 'hourly' && seasonLength === undefined && history.length >= 3 * week)
    return twoSeasons(history.slice(-historyMax.twoSeasons), { short: 24, long: week }, horizon);
  return oneSeason(history.slice(-historyMax.oneSeason), seasonLength ?? seasonOf[period], horizon);
}

const seasonOf: Readonly<Record<Period, number>> = {
  hourly: 24,
  daily: 7,
  weekly: 52,
  monthly: 12,
  quarterly: 4,
  yearly: 1,
};
