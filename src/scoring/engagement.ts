import type { Scorer } from './scorer.ts';

/** What an account did in a window: calls and conversations by number, logins and active users as they were on average. */
export interface EngagementSeen {
  /** The last of it. */
  readonly eventId: string;
  /** `[start, end)`, ms of event time. Windows come in order, all of one length; they may overlap. */
  readonly start: number;
  readonly end: number;
  /** When the first of it happened. */
  readonly first: number;
  /** At most eight kinds are compared. */
  readonly activity: Activity;
}

/** By kind: how much, 0 or more. */
export type Activity = { readonly [kind: string]: number };

/** What an account usually does in a window, and the windows that still overlap with the next ones. Under 1 kB. */
export type Engagement = {
  readonly since: number;
  readonly recent: readonly { readonly start: number; readonly end: number; readonly activity: Activity }[];
  /** How many windows the sums hold, older ones by less. */
  readonly mass: number;
  readonly sums: Activity;
} | null;

/**
 * Whether an account does more or less with us than it used to: its last window against the windows before, which no longer
 * overlap with it. Each kind is compared on a scale on which counts of any size spread alike (Anscombe 1948, for negative binomial counts
 * whose rate differs by a fifth from window to window): halving 4 calls and 4,000 logins both say something, the first less.
 */
export const engagementChange: Scorer<EngagementSeen, Engagement> = {
  name: 'engagement_change',
  version: 1,
  range: '−1 … 1; −0.5 a fall of three standard deviations, 0 up to one, 0.5 as much of a rise',
  initial: null,
  score(seen, before) {
    const { eventId, start, end, activity } = seen;
    const known = settled(before, seen);
    // The window in which it was first heard of was not whole.
    const whole = known.since <= start;
    const state = whole
      ? { ...known, recent: [...known.recent, { start, end, activity: few(activity) }].slice(-recentMax) }
      : known;
    if (!whole || known.mass < massMin) return { state, figure: undefined };
    const kinds = Object.keys(few({ ...known.sums, ...activity }));
    if (kinds.length === 0) return { state, figure: undefined };
    const changes = kinds.map((kind) => {
      const [now, usual] = [amountOf(activity, kind), amountOf(known.sums, kind) / known.mass];
      return { kind, now, usual, change: 2 * (evened(now) - evened(usual)) };
    });
    const sum = changes.reduce((total, { change }) => total + change, 0);
    const beyond = Math.max(Math.abs(sum) / Math.sqrt(kinds.length * (1 + 1 / known.mass)) - insignificantUpTo, 0);
    const value = Math.sign(sum) * most * (1 - 2 ** (-beyond / halvedBy));
    const weight = beyond > 0 ? value / sum : 0;
    const contributions = changes.map(({ kind, now, usual, change }) => ({
      name: change < 0 ? `fewer ${kind}` : `more ${kind}`,
      weight,
      value: change,
      eventId,
      quote: `${told(now)} in ${Math.round((end - start) / dayMs)} days, usually ${told(usual)}`,
    }));
    return { state, figure: { value, confidence: 1 - 2 ** (-known.mass / 2), contributions } };
  },
};

const dayMs = 86_400_000;
const kindsMax = 8;
/** Windows that overlap with a next one, at most. */
const recentMax = 4;
/** What a window counts less with each that is newer. */
const forgetting = 0.85;
/** So many windows have to be known, overlapping ones by what each adds. */
const massMin = 1;
/** In standard deviations. */
const insignificantUpTo = 1;
const halvedBy = 2;
/** So that what doubles leave over when the reasons are added up stays in range. */
const most = 1 - 1e-12;
/** By how much the rate of anything differs from window to window, without a reason. */
const rateVaries = 0.2;

/** What is known once windows that ended before this one are counted as usual. Each counts for what it does not share with the one before. */
function settled(before: Engagement, { start, end, first }: EngagementSeen): NonNullable<Engagement> {
  const known = before ?? { since: first, recent: [], mass: 0, sums: {} };
  let { mass, sums } = known;
  for (const [index, window] of known.recent.entries()) {
    if (window.end > start) continue;
    const next = known.recent[index + 1]?.start ?? start;
    const share = Math.min(1, Math.max(0, (next - window.start) / Math.max(end - start, 1)));
    mass = mass * forgetting + share;
    const kinds = Object.keys(few({ ...sums, ...window.activity }));
    sums = Object.fromEntries(
      kinds.map((kind) => [kind, amountOf(sums, kind) * forgetting + share * amountOf(window.activity, kind)]),
    );
  }
  return {
    since: Math.min(known.since, first),
    recent: known.recent.filter((window) => window.end > start),
    mass,
    sums,
  };
}

const few = (activity: Activity): Activity =>
  Object.fromEntries(
    Object.entries(activity)
      .filter(([, amount]) => amount >= 0 && amount < measurableBelow)
      .slice(0, kindsMax),
  );

/** Larger numbers are no measurement, and their sums would not be numbers. */
const measurableBelow = 1e100;

function amountOf(activity: Activity, kind: string): number {
  const amount = Object.hasOwn(activity, kind) ? (activity[kind] ?? 0) : 0;
  return amount >= 0 && amount < measurableBelow ? amount : 0;
}

/** A count on the scale on which its standard deviation is about a half. */
const evened = (count: number): number => Math.asinh(rateVaries * Math.sqrt(count + 3 / 8)) / rateVaries;

const told = (amount: number): string => String(Number(amount.toPrecision(2)));
