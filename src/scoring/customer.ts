import { idleOf, levelOf, paceAfter, slopeOf, type HalfLives, type Pace } from './decayed.ts';
import type { Features } from './learning/logistic.ts';
import { clamp } from './limit.ts';
import { quoteOf } from './text.ts';

/** What happens again and again, and says by how often whether a customer stays. */
export type CustomerSign =
  | 'use'
  | 'logins'
  | 'tickets'
  | 'complaints'
  | 'unanswered'
  | 'failed payments'
  | 'seats removed'
  | 'champions lost';

/** One thing seen of a customer, at an event time in ms: a sign of some amount, a fact that holds until it is said anew, or nothing. */
export type CustomerSeen = { readonly eventId: string; readonly at: number; readonly quote: string } & (
  | { readonly sign: CustomerSign; readonly amount: number }
  /** `contract` is `month-to-month`. Of `customer since` and `renewal` the value is an event time, ms. */
  | { readonly fact: string; readonly value: string | number }
  /** Nothing has come up to then. `eventId` is the last that did. */
  | { readonly silence: true }
);

/** What is remembered of a customer: a pace of each sign, and at most `factsMax` facts; each with what said it last. */
export type Customer = {
  readonly at: number;
  readonly signs: { readonly [sign in CustomerSign]?: readonly [...Said, pace: Pace] };
  readonly facts: { readonly [fact: string]: readonly [...Said, value: string | number] };
};

/** `at`: event time, ms. */
export type Said = readonly [eventId: string, quote: string, at: number];

export const noCustomer: Customer = { at: 0, signs: {}, facts: {} };

/** Further facts are let go; so are characters beyond. */
export const factsMax = 24;
const charsMax = 60;

const dayMs = 86_400_000;
const monthMs = 30.44 * dayMs;
const halfLives: HalfLives = { short: 7 * dayMs, long: 60 * dayMs };

/** What is known of a customer after one more thing was seen. */
export function customerAfter(customer: Customer, seen: CustomerSeen): Customer {
  const { signs, facts } = customer;
  const at = Math.max(customer.at, seen.at);
  if ('silence' in seen) return { ...customer, at };
  const by: Said = [seen.eventId, quoteOf(seen.quote, charsMax * 2), seen.at];
  if ('sign' in seen) {
    const { sign, amount } = seen;
    if (!Number.isFinite(amount)) return customer;
    const pace = paceAfter(signs[sign]?.[3] ?? null, seen.at, clamp(amount, 0, amountMax), halfLives);
    return { at, facts, signs: { ...signs, [sign]: [...by, pace] } };
  }
  const fact = seen.fact.slice(0, charsMax);
  const value = typeof seen.value === 'string' ? seen.value.slice(0, charsMax) : seen.value;
  if (typeof value === 'number' && !Number.isFinite(value)) return customer;
  if (!Object.hasOwn(facts, fact) && Object.keys(facts).length >= factsMax) return customer;
  // What comes late does not undo what was said since.
  if (Object.hasOwn(facts, fact) && seen.at < (facts[fact]?.[2] ?? 0)) return customer;
  return { at, signs, facts: { ...facts, [fact]: [...by, value] } };
}

/** Larger amounts are no measurement. */
const amountMax = 1e12;

/** One feature, and of which sign or fact it speaks. */
export interface CustomerFeature {
  readonly of: string;
  readonly name: string;
  readonly value: number | string;
}

/** What a model is shown of a customer at the time of what was seen last. */
export function featuresOf({ at, signs, facts }: Customer): readonly CustomerFeature[] {
  const paced = signNames.flatMap((sign) => {
    const known = signs[sign];
    return known ? paceFeatures(sign, known[3], at) : [];
  });
  const told = Object.entries(facts).flatMap(([fact, [, , , value]]) => factFeatures(fact, value, at));
  // Who tells how use goes sees it, and tells no more when there is none.
  const used = signs.use ? undefined : facts['use, change'];
  return [...paced, ...told, ...(used ? [daysWithout('use', 'use, change', at - used[2])] : [])];
}

/** Which event said what there is of a sign or fact. */
export function saidOf({ signs, facts }: Customer, of: string): Said | undefined {
  const sign = signNames.find((name) => name === of);
  const said = (sign && signs[sign]) ?? facts[of];
  return said && [said[0], said[1], said[2]];
}

/** The same as a learner takes it. */
export const asFeatures = (features: readonly CustomerFeature[]): Features =>
  Object.fromEntries(features.map(({ name, value }) => [name, value]));

export const signNames: readonly CustomerSign[] = [
  'use',
  'logins',
  'tickets',
  'complaints',
  'unanswered',
  'failed payments',
  'seats removed',
  'champions lost',
];

/** Level, slope and time since the last. */
function paceFeatures(sign: CustomerSign, pace: Pace, at: number): readonly CustomerFeature[] {
  const level = levelOf(pace, at, halfLives) * 7 * dayMs;
  const change = level > 0 ? clamp((slopeOf(pace, at, halfLives) * 7 * dayMs) / level, -1, 3) : 0;
  return [
    { of: sign, name: `${sign} a week`, value: Math.log1p(level) },
    { of: sign, name: `${sign}, change`, value: change },
    daysWithout(sign, sign, idleOf(pace, at)),
  ];
}

const daysWithout = (sign: CustomerSign, of: string, idleMs: number): CustomerFeature => ({
  of,
  name: `days without ${sign}`,
  value: Math.log1p(Math.max(idleMs, 0) / dayMs),
});

function factFeatures(fact: string, value: string | number, at: number): readonly CustomerFeature[] {
  if (typeof value === 'number' && fact === 'customer since') {
    const months = Math.max(0, at - value) / monthMs;
    return [
      { of: fact, name: 'months as customer', value: Math.log1p(months) },
      { of: fact, name: 'new customer', value: 2 ** (-months / 3) },
      { of: fact, name: 'old customer', value: 2 ** (-months / 24) },
    ];
  }
  if (typeof value === 'number' && fact === 'renewal') {
    return [{ of: fact, name: 'renewal near', value: 2 ** (-Math.max(0, value - at) / monthMs) }];
  }
  return [{ of: fact, name: fact, value }];
}
