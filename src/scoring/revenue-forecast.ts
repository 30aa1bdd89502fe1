import type { Contribution } from '../core/score.ts';
import { forecast, historyMax, type Interval, type Parts, type Period } from './forecast.ts';
import { adapted } from './forecast/adaptive.ts';
import type { Scorer } from './scorer.ts';

/** Revenue of one period that is over; periods come in order, each once, none left out. */
export interface RevenueSeen {
  readonly eventId: string;
  readonly value: number;
  /** `usd`, for people. */
  readonly unit: string;
}

export type Revenue = {
  /** Latest last; at most `keep`. */
  readonly values: readonly number[];
  /** Where the next value was expected; null while that is not known. */
  readonly expected: Interval | null;
  /** What the misses so far made of the interval's reach, in usual errors. */
  readonly widen: number;
};

export interface RevenueForecastOptions {
  /** An hourly history needs more values than are kept here for its weeks, so it is not among these. */
  readonly period: Exclude<Period, 'hourly'>;
  /** Length of the season, where it is not the period's own. */
  readonly seasonLength?: number;
  /** What the interval told of is to hold, 0 … 1. Default 0.8. */
  readonly level?: number;
  /** So many periods are remembered. Default `historyMax.oneSeason`, which is 6 kB. */
  readonly keep?: number;
}

/**
 * Forecasts the next period's revenue with the range it should lie in, once enough are known for one; says where the one that came lay outside of what was expected of it, and learns from each
 * that comes how wide its intervals have to be.
 */
export function createRevenueForecast({
  period,
  seasonLength,
  level = 0.8,
  keep = historyMax.oneSeason,
}: RevenueForecastOptions): Scorer<RevenueSeen, Revenue> {
  const options = { period, horizon: 1, atLeast: 0, ...(seasonLength !== undefined && { seasonLength }) };
  return {
    name: 'revenue_forecast',
    version: 3,
    range: '0 or more, in the unit seen: revenue of the next period',
    initial: { values: [], expected: null, widen: 0 },
    score({ eventId, value, unit }, revenue) {
      if (!(Math.abs(value) < measurableBelow)) return { state: revenue, figure: undefined };
      const values = [...revenue.values, value].slice(-keep);
      const widen = revenue.expected ? adapted(revenue.widen, !within(revenue.expected, value), level) : 0;
      const next = forecast(values, options);
      const [point, parts] = [next?.points[0], next?.parts[0]];
      const expected = values.length < enoughFor(level) ? null : (next?.intervals(level, widen)[0] ?? null);
      const state = { values, expected, widen };
      if (point === undefined || !parts) return { state, figure: undefined };
      const quote = `${told(value)} ${unit}; ${rangeIn(expected, level, values.length)}`;
      const confidence = 1 - 2 ** (-values.length / valuesToHalf);
      return {
        state,
        figure: {
          value: point,
          confidence,
          contributions: [...reasons(parts, eventId, quote), ...outside(revenue, { eventId, value, unit })],
        },
      };
    },
  };
}

/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;
/** So many values make a confidence of a half. */
const valuesToHalf = 12;

/**
 * Values an interval wants. Of n errors the conformal interval of `level` is bounded where (n + 1) (1 − level) ≥ 1, and the first
 * value and the first step of the trend have none; before, it reaches without end.
 */
const enoughFor = (level: number): number => Math.ceil(1 / (1 - level) - 1e-9) + 1;

function rangeIn(expected: Interval | null, level: number, values: number): string {
  if (expected) return `next ${told(expected[0])} to ${told(expected[1])} with ${level * 100} %`;
  return `in what range the next lies is not known before ${enoughFor(level)} values, of which there are ${values}`;
}

/** A period that lay outside of its interval, and by how much; no part of the figure. */
function outside({ expected }: Revenue, { eventId, value, unit }: RevenueSeen): readonly Contribution[] {
  if (!expected || within(expected, value)) return [];
  const by = value < expected[0] ? value - expected[0] : value - expected[1];
  const quote = `${told(value)} ${unit}, expected ${told(expected[0])} to ${told(expected[1])}`;
  return [{ name: 'outside of what was expected', weight: 0, value: by, eventId, quote }];
}

const within = ([lower, upper]: Interval, value: number): boolean => value >= lower && value <= upper;

function reasons({ level, trend, season, limit }: Parts, eventId: string, quote: string): readonly Contribution[] {
  const parts = [
    { name: 'level', value: level, quote },
    { name: 'trend', value: trend, quote: null },
    { name: 'season', value: season, quote: null },
    { name: 'limit', value: limit, quote: null },
  ];
  return parts
    .filter(({ name, value }) => name === 'level' || value !== 0)
    .map((part) => ({ ...part, weight: 1, eventId }));
}

function told(value: number): string {
  return String(Number(value.toPrecision(4)));
}
