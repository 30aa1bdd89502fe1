/**
 * A card's last transactions: the memory that its habits are read from. Rings of `lastMax` numbers at most, in which
 * the next takes the place of the oldest; 1.6 kB of JSON.
 */
export type Last = {
  /** Where the next one goes. */
  readonly next: number;
  /** Event times, whole seconds. */
  readonly seconds: readonly number[];
  readonly amounts: readonly number[];
  /** Whom they went to, hashed to 20 bits. */
  readonly counterparties: readonly number[];
};

export const lastMax = 60;
export const noneYet: Last = { next: 0, seconds: [], amounts: [], counterparties: [] };

export function lastAfter(last: Last, second: number, amount: number, counterparty: number): Last {
  const { next } = last;
  return {
    next: (next + 1) % lastMax,
    seconds: put(last.seconds, next, second),
    amounts: put(last.amounts, next, amount),
    counterparties: put(last.counterparties, next, counterparty),
  };
}

/** A ring with `value` at its place `at`, or after its end while it grows. */
export function put(ring: readonly number[], at: number, value: number): readonly number[] {
  // Of the copies there are, these take no more room than what is in them.
  if (at >= ring.length) return ring.toSpliced(ring.length, 0, value);
  const changed = ring.slice();
  changed[at] = value;
  return changed;
}

/** How many of them came within the hour, the day and the week up to `second`. */
export function countsWithin({ seconds }: Last, second: number): readonly [hour: number, day: number, week: number] {
  let [hour, day, week] = [0, 0, 0];
  for (let at = 0; at < seconds.length; at += 1) {
    const age = second - (seconds[at] ?? 0);
    if (age < 0 || age >= 7 * daySeconds) continue;
    week += 1;
    if (age < daySeconds) day += 1;
    if (age < hourSeconds) hour += 1;
  }
  return [hour, day, week];
}

/** How many of them came at that hour of the day (UTC), or in the one before or after it. */
export function countAround({ seconds }: Last, hour: number): number {
  const from = (hour - 1) * hourSeconds;
  let count = 0;
  for (let at = 0; at < seconds.length; at += 1) if (ofDay((seconds[at] ?? 0) - from) < 3 * hourSeconds) count += 1;
  return count;
}

/** 0 … 23, UTC. */
export const hourOf = (second: number): number => Math.floor(ofDay(second) / hourSeconds);

const hourSeconds = 3_600;
const daySeconds = 86_400;

/** Seconds into the day; times before 1970 are negative. */
function ofDay(second: number): number {
  const rest = second % daySeconds;
  return rest < 0 ? rest + daySeconds : rest;
}
