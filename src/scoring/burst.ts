import type { Contribution } from '../core/score.ts';
import { added, sumAt, type Decayed } from './decayed.ts';
import type { Scorer } from './scorer.ts';
import { quoteOf } from './text.ts';

/** Something that was told just now, and all of its kind that was told within the window that ends with it. */
export interface BurstSeen {
  readonly eventId: string;
  /** Event time of the newest, ms. */
  readonly at: number;
  /** Since when such things are listened for, ms: that nothing was told since then is known, too. */
  readonly since: number;
  /** Length of the window, ms; the same each time. */
  readonly withinMs: number;
  /** Oldest first, the newest included. */
  readonly told: readonly { readonly eventId: string; readonly at: number; readonly headline: string }[];
}

/**
 * Whether more is told of late than is usual: how surprising so many within the window are, beside the running rate of the
 * time before it, which forgets half in a month. What is told is Poisson with a rate of which no more is known than that:
 * a gamma distribution, so that counts are negative binomial (Gelman et al. 2013, 2.6). It begins as one in two weeks, and
 * nothing is said in the first two weeks. What was a burst is usual after a while.
 */
export const burst: Scorer<BurstSeen, Decayed | null> = {
  name: 'burst',
  version: 1,
  range: '0 … 1; 0.5 is so many once in ten thousand windows, 0.75 once in a million',
  initial: null,
  score({ eventId, at, since, withinMs, told }, before) {
    const state = added(before, at, 1, halfLifeMs);
    if (at - since < warmUpMs) return { state, figure: undefined };
    const usual = usualBefore(at - since, withinMs, sumAt(state, at, halfLifeMs) - fadedSum(told, at));
    const beyond = Math.min(surprise(told.length, usual, withinMs) - unsurprisingDigits, beyondMax);
    const value = beyond > 0 && told.length >= leastOfABurst ? 1 - 2 ** (-beyond / halvedByDigits) : 0;
    const often = Number(((usual.count / usual.ms) * withinMs).toPrecision(2));
    const count = `${told.length} in ${Number((withinMs / dayMs).toPrecision(2))} days, usually ${often}`;
    const contributions = [
      { name: 'more than usual', weight: 0, value: Math.max(beyond, 0), eventId, quote: count },
      ...headlines(told, value),
    ];
    return { state, figure: { value, confidence: 1 - 2 ** (-(at - since) / confidentByMs), contributions } };
  },
};

const dayMs = 86_400_000;
const halfLifeMs = 30 * dayMs;
const warmUpMs = 14 * dayMs;
const confidentByMs = 28 * dayMs;
/** Before anything is known, as if this much had been told in this time. */
const prior = { count: 0.5, ms: 7 * dayMs };
/** However much was told: from one window to another the rate itself differs, by weekday and season, about by a third. */
const shapeMax = 8;
/** Once in a hundred is nothing. */
const unsurprisingDigits = 2;
const halvedByDigits = 2;
const beyondMax = 60;
/** Two of something rare are a coincidence. */
const leastOfABurst = 3;
const headlinesTold = 6;

const left = (elapsed: number): number => 2 ** (-Math.max(elapsed, 0) / halfLifeMs);
const fadedSum = (told: BurstSeen['told'], at: number): number => told.reduce((sum, one) => sum + left(at - one.at), 0);

/** So many in so much time, both faded alike: shape and rate of the gamma distribution. */
interface Usual {
  readonly count: number;
  readonly ms: number;
}

/** What was told before the window, in the time there was before it. */
function usualBefore(heardMs: number, withinMs: number, told: number): Usual {
  const ms = (halfLifeMs / Math.LN2) * Math.max(left(withinMs) - left(heardMs), 0);
  const count = Math.max(told, 0) + prior.count;
  const worth = Math.min(count, shapeMax) / count;
  return { count: count * worth, ms: (ms + prior.ms) * worth };
}

/** −log₁₀ P(N ≥ count) of the negative binomial; 0 up to its mean. */
function surprise(count: number, usual: Usual, withinMs: number): number {
  if (count <= (usual.count / usual.ms) * withinMs) return 0;
  const share = withinMs / (withinMs + usual.ms);
  let log = usual.count * Math.log1p(-share);
  for (let k = 0; k < count; k += 1) log += Math.log((share * (usual.count + k)) / (k + 1));
  // Beyond the mean each term is smaller than the one before, in the end by `share`.
  let [sum, term] = [1, 1];
  for (let k = count; term > sum * 1e-12; k += 1) {
    term *= (share * (usual.count + k)) / (k + 1);
    sum += term;
  }
  return -(log + Math.log(sum)) / Math.LN10;
}

/** Each of them is an equal part of the burst; the newest are told. */
function headlines(told: BurstSeen['told'], value: number): readonly Contribution[] {
  if (value === 0) return [];
  const weight = value / told.length;
  const newest = told.slice(-headlinesTold).toReversed();
  const further = told.length - newest.length;
  const oldest = told[0];
  return [
    ...newest.map((one) => ({
      name: 'told',
      weight,
      value: 1,
      eventId: one.eventId,
      quote: quoteOf(one.headline, 100),
    })),
    ...(further > 0 && oldest
      ? [{ name: 'told before', weight, value: further, eventId: oldest.eventId, quote: `${further} more` }]
      : []),
  ];
}
