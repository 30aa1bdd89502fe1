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
  /** Distances from the calm level, thousandths of a spread: `recentMax` at most, that of sample n at place n mod `recentMax`. */
  readonly recent: readonly number[];
  readonly tails: { readonly [statistic in Statistic]: Tail };
  readonly range: Range;
  readonly flatline: Flatline;
};

/** What may be odd about a sample. Of those that are equally rare the first is told. */
const likelihoods = ['unrest', 'long unrest', 'jump', 'shift', 'range', 'flatline'] as const;
export type Likelihood = (typeof likelihoods)[number];
type Statistic = Exclude<Likelihood, 'range' | 'flatline'>;

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
  if (!before) return { rarity: nothingRare, after: rememberedOf(value) };
  const { seen, fast, calm, slow, tails, range, flatline } = before;
  const warm = seen >= samplesToWarm;
  const place = seen % recentMax;
  const recent = before.recent.slice();
  recent[place] = Math.round(Math.min(Math.abs(distanceFrom(calm, value, seen)), 9) * thousand);
  const jump = Math.log1p(Math.abs(distanceFrom(fast, value, seen)));
  const shift = Math.abs(distanceFrom(slow, value, seen));
  const unrest = meanUpTo(recent, place, shortRun);
  const longUnrest = meanUpTo(recent, place, recentMax);
  const after: Remembered = {
    seen: seen + 1,
    fast: levelAfter(fast, value, seen, rates.fast),
    calm: levelAfter(calm, value, seen, rates.calm),
    slow: levelAfter(slow, value, seen, rates.slow),
    recent,
    tails: {
      jump: tailAfter(tails.jump, jump, seen, warm),
      shift: tailAfter(tails.shift, shift, seen, warm),
      unrest: tailAfter(tails.unrest, unrest, seen, warm),
      'long unrest': tailAfter(tails['long unrest'], longUnrest, seen, warm),
    },
    range: rangeAfter(range, value),
    flatline: flatlineAfter(flatline, value),
  };
  if (!warm) return { rarity: nothingRare, after };
  const rarity = rarest([
    rarityOf(tails.unrest, unrest),
    trust.longUnrest * rarityOf(tails['long unrest'], longUnrest),
    trust.jump * rarityOf(tails.jump, jump),
    trust.shift * rarityOf(tails.shift, shift),
    rarityBeyond(range, value),
    rarityOfRun(after.flatline, after.seen),
  ]);
  return { rarity, after };
}

const nothingRare: Rarity = { likelihood: 'range', digits: 0 };

/** Of the digits in the order of `likelihoods`. */
function rarest(digits: readonly number[]): Rarity {
  const most = Math.max(...digits);
  return { likelihood: likelihoods[digits.indexOf(most)] ?? nothingRare.likelihood, digits: most };
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

/** The mean of the last `count`, up to that at `place`. Whole numbers add up to the same in any order. */
function meanUpTo(recent: readonly number[], place: number, count: number): number {
  const known = Math.min(count, recent.length);
  let sum = 0;
  for (let at = place; at > place - known; at -= 1) sum += recent[at < 0 ? at + recent.length : at] ?? 0;
  return sum / thousand / known;
}

const thousand = 1_000;

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
