import type { Contribution } from '../core/score.ts';
import type { Scorer } from './scorer.ts';
import { shortened } from './shortened.ts';
import { quoteOf } from './text.ts';

/** What health is made of, and how much each counts. */
export const healthWeights = { use: 30, support: 20, sentiment: 15, engagement: 15, commercial: 20 } as const;
export type HealthGroup = keyof typeof healthWeights;
export type HealthWeights = { readonly [group in HealthGroup]: number };

/** Reasons that cap the score, whatever else is well. */
export type HealthCap = 'cancelled' | 'cancellation planned' | 'notice given' | 'payment stopped' | 'disputed';

/** One thing that says how a customer is: a measure, or a cap that begins (`at` most that score) or ends (null). */
export type HealthSeen = { readonly eventId: string; readonly at: number; readonly quote: string } & (
  | { readonly group: HealthGroup; readonly value: number }
  | { readonly cap: HealthCap; readonly atMost: number | null }
);

export type Health = {
  readonly at: number;
  readonly groups: { readonly [group in HealthGroup]?: Measure };
  readonly caps: { readonly [cap in HealthCap]?: Cap };
  /** The score as it was last told. */
  readonly told: number | null;
};

/** A decayed mean: older values count less, by half every two weeks. Of the value that was fed last, when it was and what it says. */
type Measure = readonly [sum: number, mass: number, at: number, eventId: string, quote: string];
type Cap = { readonly atMost: number; readonly at: number; readonly eventId: string; readonly quote: string };

/**
 * How a customer is: the weighted mean of decayed measures, each counting less the longer ago it was fed, shrunk towards
 * a customer nothing is known of, and capped by what overrides the rest. Told when it moved by a point or more.
 */
export const createHealth = (
  weights: HealthWeights,
  unknownWeight: number = prior.weight,
): Scorer<HealthSeen, Health> => ({
  name: 'customer_health',
  version: 1,
  range: '0 … 100; under 70 watch, under 55 act, under 40 at risk of leaving',
  initial: { at: 0, groups: {}, caps: {}, told: null },
  score(seen, before) {
    const now = after(before, seen);
    const parts = partsOf(now, weights, unknownWeight);
    const cap = lowestCap(now);
    const measured = valueOf(parts);
    const value = Math.min(measured, cap?.atMost ?? measured);
    // Most signs move it by less: what it is made of is only written down where it is told.
    if (now.told !== null && Math.abs(value - now.told) < tellFrom) return { state: now, figure: undefined };
    const contributions = contributionsOf(parts, seen.eventId);
    const capped = cap && value < measured ? [cappedBy(cap, measured)] : [];
    return {
      state: { ...now, told: shortened(value) },
      figure: { value, confidence: cap ? 1 : freshShare(now, weights), contributions: [...contributions, ...capped] },
    };
  },
});

const dayMs = 86_400_000;
const meanHalfLifeMs = 14 * dayMs;
const freshHalfLifeMs = 30 * dayMs;
const capLastsMs = 45 * dayMs;
const tellFrom = 1;
/** What is expected of a customer nothing is known of, and how much that counts beside the measures. */
const prior = { value: 0.85, weight: 30 };

export const health = createHealth(healthWeights);

function after(health: Health, seen: HealthSeen): Health {
  const at = Math.max(health.at, seen.at);
  if ('group' in seen) {
    return { ...health, at, groups: { ...health.groups, [seen.group]: fed(health.groups[seen.group], seen) } };
  }
  const { [seen.cap]: _, ...others } = health.caps;
  if (seen.atMost === null) return { ...health, at, caps: others };
  const cap: Cap = { atMost: seen.atMost, at: seen.at, eventId: seen.eventId, quote: quoteOf(seen.quote) };
  return { ...health, at, caps: { ...others, [seen.cap]: cap } };
}

function fed(
  measure: Measure | undefined,
  { at, eventId, quote: said, value }: Extract<HealthSeen, { group: HealthGroup }>,
): Measure {
  const quote = quoteOf(said);
  const clamped = Math.min(Math.max(value, 0), 1);
  if (!measure) return [clamped, 1, at, eventId, quote];
  const [sum, mass, last] = measure;
  const left = 2 ** (-Math.max(at - last, 0) / meanHalfLifeMs);
  return [shortened(sum * left + clamped), shortened(mass * left + 1), Math.max(at, last), eventId, quote];
}

const meanOf = ([sum, mass]: Measure): number => sum / mass;

/** A measure and how much of the whole it is, of 100. */
interface Part {
  readonly name: HealthGroup;
  readonly measure: Measure;
  readonly weight: number;
}

function partsOf(
  { groups, at }: Health,
  weights: HealthWeights,
  unknownWeight: number,
): { readonly known: readonly Part[]; readonly unknown: number } {
  const weighed: Part[] = [];
  for (const name of groupNames) {
    const measure = groups[name];
    if (measure) weighed.push({ name, measure, weight: weights[name] * freshness(measure, at) });
  }
  const total = unknownWeight + weighed.reduce((sum, { weight }) => sum + weight, 0);
  return {
    known: weighed.map(({ name, measure, weight }) => ({ name, measure, weight: (100 * weight) / total })),
    unknown: (100 * unknownWeight) / total,
  };
}

function valueOf({ known, unknown }: ReturnType<typeof partsOf>): number {
  return known.reduce((sum, { measure, weight }) => sum + weight * meanOf(measure), 0) + unknown * prior.value;
}

function contributionsOf({ known, unknown }: ReturnType<typeof partsOf>, eventId: string): readonly Contribution[] {
  const measures = known.map(({ name, measure, weight }) => {
    const [, , , by, quote] = measure;
    return { name, weight, value: meanOf(measure), eventId: by, quote };
  });
  return [...measures, { name: 'not known', weight: unknown, value: prior.value, eventId, quote: null }];
}

function cappedBy({ name, atMost, eventId, quote }: NamedCap, measured: number): Contribution {
  return { name, weight: 1, value: atMost - measured, eventId, quote };
}

const groupNames: readonly HealthGroup[] = ['use', 'support', 'sentiment', 'engagement', 'commercial'];

function freshness([, , last]: Measure, at: number): number {
  return 2 ** (-Math.max(at - last, 0) / freshHalfLifeMs);
}

const capNames: readonly HealthCap[] = [
  'cancelled',
  'cancellation planned',
  'notice given',
  'payment stopped',
  'disputed',
];

type NamedCap = Cap & { readonly name: HealthCap };

/** The lowest that stands. */
function lowestCap({ caps, at }: Health): NamedCap | undefined {
  let lowest: NamedCap | undefined;
  for (const name of capNames) {
    const cap = caps[name];
    if (cap && cap.at > at - capLastsMs && cap.atMost < (lowest?.atMost ?? Infinity)) lowest = { ...cap, name };
  }
  return lowest;
}

/** How much of the whole is known and fresh; where a cap stands nothing else has to be known. */
function freshShare({ groups, at }: Health, weights: HealthWeights): number {
  const fresh = groupNames.reduce((sum, name) => {
    const measure = groups[name];
    return sum + (measure ? weights[name] * freshness(measure, at) : 0);
  }, 0);
  const all = groupNames.reduce((sum, name) => sum + weights[name], 0);
  return all === 0 ? 0 : Math.min(fresh / all, 1);
}
