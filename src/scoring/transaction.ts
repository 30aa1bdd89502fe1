import { fnv1a32 } from '../core/ids.ts';
import type { Scorer } from './scorer.ts';
import { decayedTo, firstHabits, habitsAfter, type Habits, type KnownHabits, type Paid } from './transaction/habits.ts';
import {
  amountSurprise,
  heatSurprise,
  hourSurprise,
  noveltySurprise,
  paceSurprise,
  type Surprise,
} from './transaction/surprise.ts';
import type { Usual } from './transaction/usual.ts';

/** A payment by a card or account. `amount` is in units of a currency, not cents; `at` is event time, ms. */
export interface TransactionSeen {
  readonly eventId: string;
  readonly at: number;
  readonly amount: number;
  /** Whom it went to: a terminal, a merchant, an account. */
  readonly counterparty: string;
  /** What all cards usually pay (`usualOfEveryone`), where that is known. */
  readonly everyone?: Usual | undefined;
}

/**
 * How surprising a transaction is for its card, without any label: amount, pace, counterparty, hour, and odd transactions
 * before. Each is −log₁₀ of its tail probability, so their sum is what Fisher's method looks at; all but the amount
 * count only from where they are rare in themselves. A card tells nothing of a compromised terminal: see `transactionRisk`.
 */
export const transaction: Scorer<TransactionSeen, Habits> = {
  name: 'transaction',
  version: 1,
  range: '0 … 1; 0.5 is once in a thousand transactions, 0.75 once in a million',
  initial: null,
  score({ eventId, at, amount, counterparty, everyone }, before) {
    if (!(amount >= 0 && amount < measurableBelow)) return { state: before, figure: undefined };
    const second = Math.floor(at / 1_000);
    const paid: Paid = { eventId, second, amount, counterparty: fnv1a32(counterparty) >>> 12 };
    const habits = decayedTo(before ?? firstHabits(second), second);
    const size = amountSurprise(habits, paid, everyone);
    if (!size) return { state: habitsAfter(habits, paid, 0), figure: undefined };
    const parts = surprisesOf(habits, paid, size);
    const now = digitsOf(parts);
    const earlier = heatSurprise(habits);
    if (earlier) parts.push(earlier);
    const digits = now + (earlier?.digits ?? 0);
    const value = 1 - 2 ** (-digits / halvedBy);
    const weight = digits > 0 ? value / digits : 0;
    const contributions = parts.map(({ name, digits, eventId, quote }) => ({
      name,
      weight,
      value: digits,
      eventId,
      quote,
    }));
    const confidence = 1 - Math.exp(-habits.last.amounts.length / 10);
    return { state: habitsAfter(habits, paid, now), figure: { value, confidence, contributions } };
  },
};

/** What is surprising of the transaction itself. */
function surprisesOf(habits: KnownHabits, paid: Paid, size: Surprise): Surprise[] {
  const parts = [size];
  const pace = paceSurprise(habits, paid);
  if (pace) parts.push(pace);
  const novelty = noveltySurprise(habits, paid);
  if (novelty) parts.push(novelty);
  const hour = hourSurprise(habits, paid);
  if (hour) parts.push(hour);
  return parts;
}

/** Larger numbers are no amounts, and their sums would not be numbers. */
const measurableBelow = 1e15;
/** In digits: so much more surprise halves what is missing to 1. */
const halvedBy = 3;

const digitsOf = (parts: readonly Surprise[]): number => parts.reduce((sum, { digits }) => sum + digits, 0);
