import { lastMax } from './last.ts';

/** What amounts are usual: their median, and a spread that for normal amounts is the standard deviation. */
export interface Usual {
  readonly middle: number;
  readonly spread: number;
}

/** Of a normal distribution, the standard deviation in median absolute deviations. */
const deviationsInMad = 1.4826;

/** Where medians are looked for, so that a transaction leaves no copy of its card's amounts behind. Nothing stays in it. */
const workspace = new Float64Array(lastMax);

/** Median and median absolute deviation of a card's amounts, `lastMax` at most; undefined where there are fewer than three. */
export function usualOf(amounts: readonly number[]): Usual | undefined {
  const count = amounts.length;
  if (count < 3) return undefined;
  for (let at = 0; at < count; at += 1) workspace[at] = amounts[at] ?? 0;
  const middle = selected(workspace, count, count >> 1);
  for (let at = 0; at < count; at += 1) workspace[at] = Math.abs((workspace[at] ?? 0) - middle);
  return { middle, spread: deviationsInMad * selected(workspace, count, (count - 1) >> 1) };
}

/** The value that would stand at `place` if the first `count` were sorted (Hoare 1961); leaves them in another order. */
function selected(values: Float64Array, count: number, place: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const pivot = values[place] ?? 0;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] ?? 0) < pivot) left += 1;
      while ((values[right] ?? 0) > pivot) right -= 1;
      if (left > right) break;
      const value = values[left] ?? 0;
      values[left] = values[right] ?? 0;
      values[right] = value;
      left += 1;
      right -= 1;
    }
    if (right < place) low = left;
    if (place < left) high = right;
  }
  return values[place] ?? 0;
}

/** Amounts of one payer vary by about half of what it usually pays; that is worth this many of its transactions. */
const expectedSpread = 0.5;
const expectedWorth = 30;
/** In units of the currency: less than this is no difference in itself. */
const spreadMin = 5;

/** A card's usual with the spread drawn to the expected one, the more the fewer amounts it rests on. */
export function shrunk({ middle, spread }: Usual, transactions: number): Usual {
  const expected = expectedSpread * middle + spreadMin;
  const share = transactions / (transactions + expectedWorth);
  return { middle, spread: share * spread + (1 - share) * expected };
}

/** What all cards together usually pay, followed through a stream of amounts. Three numbers. */
export type Everyone = { readonly count: number; readonly middle: number; readonly mad: number } | null;

/** Steps become this small: the median goes back over some thousands of transactions. */
const rateMin = 0.002;

/**
 * Median and MAD by stochastic approximation (Robbins & Monro 1951): each amount moves them one step towards itself,
 * however far it lies, so that no fraud moves them more than any other amount.
 */
export function everyoneAfter(everyone: Everyone, amount: number): NonNullable<Everyone> {
  if (!everyone) return { count: 1, middle: amount, mad: Math.max(amount / 3, spreadMin) };
  const rate = Math.max(1 / (everyone.count + 1) ** 0.7, rateMin);
  const off = amount - everyone.middle;
  return {
    count: everyone.count + 1,
    middle: everyone.middle + rate * everyone.mad * 2 * Math.sign(off),
    mad: Math.max(everyone.mad * (1 + rate * Math.sign(Math.abs(off) - everyone.mad)), spreadMin / 10),
  };
}

/** Transactions before what everyone pays is known. */
const everyoneFrom = 100;

export function usualOfEveryone(everyone: Everyone): Usual | undefined {
  if (!everyone || everyone.count < everyoneFrom) return undefined;
  return { middle: everyone.middle, spread: Math.max(everyone.mad * deviationsInMad, spreadMin) };
}
