import { idOf } from '../core/ids.ts';
import { sfc32 } from '../core/random.ts';

/** A seeded generator: the same seed gives the same numbers in every process. Nothing here asks the machine for chance. */
export interface Random {
  /** 0 ≤ x < 1, 32 bits. */
  next(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty; throws a RangeError for an empty one. */
  pick<T>(list: readonly T[]): T;
  /** One of a list, as often as its weight says. */
  weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T;
  /** Normally distributed. */
  normal(mean: number, deviation: number): number;
  shuffled<T>(list: readonly T[]): T[];
  /** `length` characters of `alphabet`, as in ids. */
  text(length: number, alphabet?: string): string;
  /** An independent generator for one purpose: what it is asked does not move this one. */
  fork(label: string): Random;
}

export const digits = '0123456789';
const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function createRandom(seed: string): Random {
  const next = sfc32(idOf('simulate', seed));
  const int = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));

  const pick = <T>(list: readonly T[]): T => {
    const picked = list[int(0, list.length - 1)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  };

  const weighted = <T>(list: readonly (readonly [number, T])[]): T => {
    let left = next() * list.reduce((sum, [weight]) => sum + weight, 0);
    const found = list.find(([weight]) => (left -= weight) < 0) ?? list.at(-1);
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found[1];
  };

  const shuffled = <T>(list: readonly T[]): T[] =>
    list
      .map((value) => ({ value, rank: next() }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ value }) => value);

  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick,
    weighted,
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffled,
    text: (length, alphabet = alphanumeric) =>
      Array.from({ length }, () => alphabet.charAt(int(0, alphabet.length - 1))).join(''),
    fork: (label) => createRandom(`${seed}/${label}`),
  };
}
