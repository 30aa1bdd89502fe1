import { forecast } from './forecast.ts';
import { crossing, leadOf } from './forecast/crossing.ts';
import type { Scorer } from './scorer.ts';

/** How full something was in a window of time; the windows have one length and come in order. */
export interface FillSeen {
  readonly eventId: string;
  /** Where the window begins, event time, ms. */
  readonly start: number;
  readonly everyMs: number;
  readonly value: number;
  /** What it must not reach. */
  readonly limit: number;
  readonly unit: string;
}

/** The last windows, oldest first, in four digits. Under 500 bytes. */
export type Filling = { readonly start: number; readonly values: readonly number[] } | null;

/**
 * How likely a limit is reached within a week: a disk that fills, a quota that is used up. By the forecast's own distribution,
 * which knows the time of day and how far off it was so far. Steady growth is told some days ahead; growth from which nothing was
 * seen before is not foreseen. Nothing is said of the first three days, nor below half of the limit.
 */
export const limitCrossing: Scorer<FillSeen, Filling> = {
  name: 'limit_crossing',
  version: 1,
  range: '0 … 1: the probability that the limit is reached within seven days',
  initial: null,
  score({ eventId, start, everyMs, value, limit, unit }, before) {
    if (!(Math.abs(value) < measurableBelow)) return { state: before, figure: undefined };
    const values = [...bridged(before, start, everyMs), Number(value.toPrecision(4))].slice(-windowsMax);
    const state = { start, values };
    if (values.length * everyMs < knownMs || value < limit / 2) return { state, figure: undefined };
    const horizon = Math.round(horizonMs / everyMs);
    const seasonLength = Math.max(1, Math.round(dayMs / everyMs));
    const ahead = forecast(values, { period: 'daily', seasonLength, horizon });
    if (!ahead) return { state, figure: undefined };
    const crossed = crossing(ahead, limit);
    const probability = value >= limit ? 1 : (crossed.by.at(-1) ?? 0);
    const lead = value >= limit ? 0 : leadOf(crossed, 0.5);
    const when = lead === undefined ? 'not within a week' : `in about ${told((lead * everyMs) / dayMs)} days`;
    const quote = `${told(value)} ${unit} now, ${told(limit)} ${unit} ${when}`;
    const contributions = [
      { name: 'reaches its limit', weight: probability, value: 1, eventId, quote },
      ...(lead === undefined
        ? []
        : [{ name: 'days left', weight: 0, value: (lead * everyMs) / dayMs, eventId, quote: null }]),
    ];
    return {
      state,
      figure: { value: probability, confidence: 1 - 2 ** (-values.length / windowsToHalf), contributions },
    };
  },
};

const dayMs = 86_400_000;
const horizonMs = 7 * dayMs;
const knownMs = 3 * dayMs;
const windowsMax = 56;
const windowsToHalf = 20;
/** Windows in which nothing came stand as they stood before; after more of them it begins anew. */
const bridgedMax = 4;
/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;

function bridged(before: Filling, start: number, everyMs: number): readonly number[] {
  if (!before) return [];
  const missing = Math.round((start - before.start) / everyMs) - 1;
  if (missing > bridgedMax || missing < 0) return [];
  const last = before.values.at(-1) ?? 0;
  return [...before.values, ...Array.from({ length: missing }, () => last)];
}

const told = (value: number): string => String(Number(value.toPrecision(3)));
