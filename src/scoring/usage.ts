import type { Scorer } from './scorer.ts';
import { shortened } from './shortened.ts';

/** How much of the product was used, in whatever unit; `at` is event time, ms. */
export interface UsageSeen {
  readonly eventId: string;
  readonly at: number;
  readonly value: number;
  readonly name: string;
}

/** Decayed sums of the value and of its count, over a week and over five. */
export type Usage = {
  readonly at: number;
  readonly since: number;
  readonly week: readonly [sum: number, mass: number];
  readonly long: readonly [sum: number, mass: number];
} | null;

/** Whether a customer uses the product more or less than it used to: this week's mean beside the last weeks'. */
export const usageTrend: Scorer<UsageSeen, Usage> = {
  name: 'usage_trend',
  version: 1,
  range: '−1 … 1; −0.5 is half of what was usual, 0 the same, 1 double or more',
  initial: null,
  score({ eventId, at, value, name }, usage) {
    if (!(value >= 0 && value < measurableBelow)) return { state: usage, figure: undefined };
    const state = grown(usage, at, value);
    const [week, long] = [state.week[0] / state.week[1], state.long[0] / state.long[1]];
    if (state.at - state.since < warmUpMs || !(long > 0)) return { state, figure: undefined };
    const trend = Math.min(week / long - 1, 1);
    const quote = `${name} ${Math.round(week * 10) / 10}, usually ${Math.round(long * 10) / 10}`;
    const contributions = [{ name: 'usage', weight: 1, value: trend, eventId, quote }];
    return { state, figure: { value: trend, confidence: 1 - 2 ** (-state.long[1] / 10), contributions } };
  },
};

/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;
const weekMs = 7 * 86_400_000;
const warmUpMs = weekMs;

function grown(usage: Usage, at: number, value: number): NonNullable<Usage> {
  const now = usage ?? { at, since: at, week: [0, 0], long: [0, 0] };
  const sinceMs = Math.max(at - now.at, 0);
  return {
    at: Math.max(at, now.at),
    since: now.since,
    week: decayed(now.week, sinceMs, weekMs / 2, value),
    long: decayed(now.long, sinceMs, weekMs * 5, value),
  };
}

function decayed(
  [sum, mass]: readonly [number, number],
  sinceMs: number,
  halfLifeMs: number,
  value: number,
): [number, number] {
  const left = 2 ** (-sinceMs / halfLifeMs);
  return [shortened(sum * left + value), shortened(mass * left + 1)];
}
