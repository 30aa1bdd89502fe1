import { tenThousandths } from './rounded.ts';
import { lastAfter, noneYet, type Last } from './last.ts';

/** What a card does usually, and what odd things it did of late. 1.8 kB of JSON at most, where amounts have cents. */
export type Habits = {
  readonly last: Last;
  /** Event time of the first and the last transaction, whole seconds. */
  readonly since: number;
  readonly at: number;
  /** Transactions, decayed with a time constant of 30 days: the pace. */
  readonly mass: number;
  /** 0 … 1: how often it pays somebody new, over its last twenty transactions. */
  readonly newShare: number;
  /** Digits of surprise beyond what is odd, halved every week; and the event that raised it last. */
  readonly heat: number;
  readonly heatFrom: string;
} | null;

export type KnownHabits = NonNullable<Habits>;

export interface Paid {
  readonly eventId: string;
  /** Event time, whole seconds. */
  readonly second: number;
  readonly amount: number;
  /** Hashed. */
  readonly counterparty: number;
}

export const paceSeconds = 30 * 86_400;
const newRate = 0.05;
const heatHalfLife = 7 * 86_400;
/** What of its surprise, in digits, makes a transaction odd, and how odd one may be for its followers. */
const oddFrom = 2;
const oddMax = 4;

export function firstHabits(second: number): KnownHabits {
  return { last: noneYet, since: second, at: second, mass: 0, newShare: 0.5, heat: 0, heatFrom: '' };
}

/** The habits as they stand at `second`; late transactions find them as they were left. */
export function decayedTo(habits: KnownHabits, second: number): KnownHabits {
  const passed = Math.max(second - habits.at, 0);
  const { last, since, at, mass, newShare, heat, heatFrom } = habits;
  return {
    last,
    since,
    at: at + passed,
    mass: mass * Math.exp(-passed / paceSeconds),
    newShare,
    heat: cooled(heat, passed),
    heatFrom,
  };
}

/** The habits after a transaction, as surprising as that; they must stand at its time. */
export function habitsAfter(
  habits: KnownHabits,
  { eventId, second, amount, counterparty }: Paid,
  surprise: number,
): KnownHabits {
  const odd = oddOf(surprise);
  const isNew = habits.last.counterparties.includes(counterparty) ? 0 : 1;
  const { last, since, at, mass, newShare, heat, heatFrom } = habits;
  return {
    last: lastAfter(last, second, amount, counterparty),
    since,
    at,
    mass: tenThousandths(mass + 1),
    newShare: tenThousandths(newShare + newRate * (isNew - newShare)),
    heat: tenThousandths(heat + odd),
    heatFrom: odd > 0 ? eventId : heatFrom,
  };
}

/** What is left of heat after so many seconds. */
export const cooled = (heat: number, seconds: number): number => heat * 2 ** (-seconds / heatHalfLife);

/** The heat that a transaction of so much surprise adds. */
export const oddOf = (digits: number): number => Math.min(Math.max(digits - oddFrom, 0), oddMax);
