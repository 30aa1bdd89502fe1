import type { Scorer } from './scorer.ts';
import { lineAfter, noLine, slopeOf, type Line } from './trend/line.ts';

/** A figure that comes again and again: daily revenue, a metric's sample. `at` is event time, ms. */
export interface TrendSeen {
  readonly eventId: string;
  readonly at: number;
  readonly value: number;
  readonly unit: string;
}

/** The line through the last points, in days since the first. About 200 bytes. */
export type Trend = { readonly since: number; readonly line: Line } | null;

/**
 * Whether a figure rises or falls: the slope of a line through its last points (recursive least squares, forgetting 0.98 a
 * point: worth 99 of them) in standard errors. Slopes within two standard errors are none. Where each point resembles the one before,
 * it is too sure of itself: ask it of daily figures rather than of every sample.
 */
export const trend: Scorer<TrendSeen, Trend> = {
  name: 'trend',
  version: 1,
  range: '−1 … 1; 0 no trend, ±0.5 a slope of four standard errors, ±0.75 of six',
  initial: null,
  score({ eventId, at, value, unit }, before) {
    if (!(Math.abs(value) < measurableBelow)) return { state: before, figure: undefined };
    const since = before?.since ?? at;
    const line = lineAfter(before?.line ?? noLine, (at - since) / dayMs, value, forgetting);
    const state = { since, line };
    const found = slopeOf(line);
    if (!found || found.points < pointsMin) return { state, figure: undefined };
    const beyond = Math.min(Math.max(Math.abs(found.t) - insignificantUpTo, 0), beyondMax);
    const strength = Math.sign(found.slope) * (1 - 2 ** (-beyond / halvedBy));
    const quote = `${told(found.slope)} ${unit} a day over ${Math.round(found.points)} points, t ${told(found.t)}`;
    const name = found.slope > 0 ? 'rising' : 'falling';
    const contributions = [{ name, weight: beyond > 0 ? strength / beyond : 0, value: beyond, eventId, quote }];
    return { state, figure: { value: strength, confidence: 1 - Math.exp(-found.points / 20), contributions } };
  },
};

const dayMs = 86_400_000;
/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;
const forgetting = 0.98;
const pointsMin = 8;
/** In standard errors. */
const insignificantUpTo = 2;
const halvedBy = 2;
const beyondMax = 60;

const told = (value: number): string => String(Number(value.toPrecision(3)));
