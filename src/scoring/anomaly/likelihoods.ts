import { distanceFrom, levelAfter, levelAt, type Level } from './level.ts';
import { flatlineAfter, flatlineAt, rarityOfRun, type Flatline } from './flatline.ts';
import { rangeAfter, rangeAt, rarityBeyond, type Range } from './range.ts';
import { rarityOf, tailAfter, tailAt, type Tail } from './tail.ts';

/** What is remembered of a metric: three levels, the tails of what is measured against them, its range and its last run. */
export type Remembered = {
  readonly seen: number;
  /** Follows within ten samples; its spread within twenty-five. */
  readonly fast: Level;
  /** Follows within ten samples; its spread takes five hundred. */
  readonly calm: Level;
  /** Follows within two hundred samples: what is usual. */
  readonly slow: Level;
  /** Distances from the calm level, the newest last: `recentMax` at most. */
  readonly recent: readonly number[];
  readonly tails: { readonly [statistic in Statistic]: Tail };
  readonly range: Range;
  readonly flatline: Flatline;
};

/** What may be odd about a sample. */
export type Likelihood = Statistic | 'range' | 'flatline';
type Statistic = 'jump' | 'shift' | 'unrest' | 'long unrest';

export interface Rarity {
  readonly likelihood: Likelihood;
  /** Digits: 3 is one in a thousand. */
  readonly digits: number;
}

/**
 * How rare a sample is, by the likelihood that finds it rarest, and what is remembered after it. The maximum, as one sign
 * is enough: a mean of them loses those that only one of them sees.
 */
export function rarityAfter(
  before: Remembered | null,
  value: number,
): { readonly rarity: Rarity; readonly after: Remembered } {
  if (!before) return { rarity: { likelihood: 'range', digits: 0 }, after: rememberedOf(value) };
  const { seen, fast, calm, slow, tails, range, flatline } = before;
  const warm = seen >= samplesToWarm;
  const recent = [
    ...before.recent.slice(1 - recentMax),
    rounded(Math.min(Math.abs(distanceFrom(calm, value, seen)), 9)),
  ];
  const statistics: Record<Statistic, number> = {
    jump: Math.log1p(Math.abs(distanceFrom(fast, value, seen))),
    shift: Math.abs(distanceFrom(slow, value, seen)),
    unrest: meanOfLast(recent, shortRun),
    'long unrest': meanOfLast(recent, recentMax),
  };
  const after: Remembered = {
    seen: seen + 1,
    fast: levelAfter(fast, value, seen, rates.fast),
    calm: levelAfter(calm, value, seen, rates.calm),
    slow: levelAfter(slow, value, seen, rates.slow),
    recent,
    tails: {
      jump: tailAfter(tails.jump, statistics.jump, seen, warm),
      shift: tailAfter(tails.shift, statistics.shift, seen, warm),
      unrest: tailAfter(tails.unrest, statistics.unrest, seen, warm),
      'long unrest': tailAfter(tails['long unrest'], statistics['long unrest'], seen, warm),
    },
    range: rangeAfter(range, value),
    flatline: flatlineAfter(flatline, value),
  };
  const rarities: readonly Rarity[] = [
    { likelihood: 'unrest', digits: rarityOf(tails.unrest, statistics.unrest) },
    { likelihood: 'long unrest', digits: trust.longUnrest * rarityOf(tails['long unrest'], statistics['long unrest']) },
    { likelihood: 'jump', digits: trust.jump * rarityOf(tails.jump, statistics.jump) },
    { likelihood: 'shift', digits: trust.shift * rarityOf(tails.shift, statistics.shift) },
    { likelihood: 'range', digits: rarityBeyond(range, value) },
    { likelihood: 'flatline', digits: rarityOfRun(after.flatline, after.seen) },
  ];
  const rarity = rarities.reduce((rarest, one) => (one.digits > rarest.digits ? one : rarest));
  return { rarity: warm ? rarity : { ...rarity, digits: 0 }, after };
}

function rememberedOf(value: number): Remembered {
  const [level, tail] = [levelAt(value), tailAt(0)];
  return {
    seen: 1,
    fast: level,
    calm: level,
    slow: level,
    recent: [0],
    tails: { jump: tail, shift: tail, unrest: tail, 'long unrest': tail },
    range: rangeAt(value),
    flatline: flatlineAt(value),
  };
}

function meanOfLast(values: readonly number[], count: number): number {
  let sum = 0;
  const from = Math.max(values.length - count, 0);
  for (let index = from; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum / (values.length - from);
}

/** Short in JSON; a thousandth of a spread is nothing. */
const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** Before, nothing can be told: what is usual is not known. */
export const samplesToWarm = 150;
const recentMax = 24;
const shortRun = 10;

const rates = {
  fast: { mean: 0.1, spread: 0.04 },
  calm: { mean: 0.1, spread: 0.002 },
  slow: { mean: 0.005, spread: 0.005 },
};

/** What a digit of each is worth: single samples stray more often than their tails say, long means less often. */
const trust = { longUnrest: 1.1, jump: 0.9, shift: 0.8 };
