/**
 * A card's last transactions: the memory that its habits are read from. Rings of `recentMax` numbers at most, in which
 * the next takes the place of the oldest; 2 kB of JSON.
 */
export type Recent = {
  /** Where the next one goes. */
  readonly next: number;
  /** Event times, whole seconds. */
  readonly seconds: readonly number[];
  readonly amounts: readonly number[];
  /** Whom they went to, hashed. */
  readonly counterparties: readonly number[];
};

export const recentMax = 60;
export const nothingRecent: Recent = { next: 0, seconds: [], amounts: [], counterparties: [] };

export function recentAfter(recent: Recent, second: number, amount: number, counterparty: number): Recent {
  const { next } = recent;
  return {
    next: (next + 1) % recentMax,
    seconds: put(recent.seconds, next, second),
    amounts: put(recent.amounts, next, amount),
    counterparties: put(recent.counterparties, next, counterparty),
  };
}

/** A ring with `value` at its place `at`, or after its end while it grows. */
export const put = (ring: readonly number[], at: number, value: number): readonly number[] =>
  at < ring.length ? ring.with(at, value) : ring.concat(value);

/** How many of them came in the `span` seconds up to `second`. */
export function countWithin({ seconds }: Recent, second: number, span: number): number {
  let count = 0;
  for (const one of seconds) if (one > second - span && one <= second) count += 1;
  return count;
}

/** How many of them came at that hour of the day (UTC), or in the one before or after it. */
export function countAround({ seconds }: Recent, hour: number): number {
  let count = 0;
  for (const second of seconds) {
    const apart = Math.abs(hourOf(second) - hour);
    if (apart <= 1 || apart === 23) count += 1;
  }
  return count;
}

/** 0 … 23, UTC. */
export const hourOf = (second: number): number => Math.floor((((second % 86_400) + 86_400) % 86_400) / 3_600);
