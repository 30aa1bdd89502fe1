import type { Contribution } from '../../core/score.ts';
import { normalSurprise, poissonSurprise } from '../tails.ts';
import { paceSeconds, type KnownHabits, type Paid } from './habits.ts';
import { countAround, countsWithin, hourOf } from './last.ts';
import { shrunk, usualOf, type Usual } from './usual.ts';

/** One reason: `digits` is −log₁₀ of how often that much is seen where nothing is wrong. */
export interface Surprise extends Pick<Contribution, 'name' | 'quote' | 'eventId'> {
  readonly digits: number;
}

/** In deviations: beyond this all are as surprising. */
const zMax = 12;

/** How far an amount lies beyond what is usual, in deviations, and of which usual that is told. */
export interface Beyond {
  readonly z: number;
  readonly usual: Usual;
  readonly whose: 'card' | 'everyone';
}

/**
 * The amount beside the card's last ones (robust z) or beside what anybody pays, whichever it is further beyond. Undefined
 * before either is known.
 */
export function amountBeyond(
  amounts: readonly number[],
  amount: number,
  everyone: Usual | undefined,
): Beyond | undefined {
  const usual = usualOf(amounts);
  const own = usual && beyondOf(amount, shrunk(usual, amounts.length), 'card');
  const others = everyone && beyondOf(amount, everyone, 'everyone');
  return own && others && others.z > own.z ? others : (own ?? others);
}

function beyondOf(amount: number, usual: Usual, whose: Beyond['whose']): Beyond {
  const z = (amount - usual.middle) / usual.spread;
  return { z: Math.min(Math.max(z, -zMax), zMax), usual, whose };
}

/** How surprisingly large the amount is, for the card or for anybody. */
export function amountSurprise(
  { last }: KnownHabits,
  { eventId, amount }: Paid,
  everyone: Usual | undefined,
): Surprise | undefined {
  const beyond = amountBeyond(last.amounts, amount, everyone);
  if (!beyond) return undefined;
  const { z, usual, whose } = beyond;
  const who = whose === 'card' ? 'usually' : 'everyone usually';
  const quote = `${told(amount)}, ${who} ${told(usual.middle)} ± ${told(usual.spread)}`;
  return { name: 'amount', digits: normalSurprise(z), eventId, quote };
}

/** What pace is looked at over, and its seconds; in the order of `countsWithin`. */
const windows = [
  { name: 'an hour', span: 3_600 },
  { name: 'a day', span: 86_400 },
  { name: 'a week', span: 7 * 86_400 },
] as const;

/** Digits at which pace, novelty and hour begin to count: they are no news in themselves, and seldom wrong. */
const paceFrom = 3;
const noveltyFrom = 1;
const hourFrom = 1.5;
/** No card is so faithful that somebody new is rarer than this. */
const newShareMin = 0.01;

/** Of a Poisson count: what lies no further above its mean is seen more often than once in a thousand, whatever the mean. */
const ordinaryDeviations = 2.5;

/** Transactions a card is given before it has any pace of its own. */
const expectedTransactions = 3;

/** How surprisingly many transactions came in an hour, a day or a week, at the card's pace (tail of the Poisson). */
export function paceSurprise(habits: KnownHabits, { eventId, second }: Paid): Surprise | undefined {
  const known = paceSeconds * (1 - Math.exp(-Math.max(second - habits.since, 86_400) / paceSeconds));
  const perSecond = (habits.mass + expectedTransactions) / known;
  const counts = countsWithin(habits.last, second);
  let most: Surprise | undefined;
  for (let at = 0; at < windows.length; at += 1) {
    const window = windows[at];
    const count = (counts[at] ?? 0) + 1;
    const mean = perSecond * (window?.span ?? 0);
    if (!window || count - mean <= ordinaryDeviations * Math.sqrt(mean)) continue;
    const digits = poissonSurprise(count, mean) - paceFrom;
    if (digits <= (most?.digits ?? 0)) continue;
    most = { name: 'pace', digits, eventId, quote: `${count} in ${window.name}, usually ${told(mean)}` };
  }
  return most;
}

/** How surprising it is that this card pays somebody it has not paid of late. */
export function noveltySurprise(habits: KnownHabits, { eventId, counterparty }: Paid): Surprise | undefined {
  const share = Math.max(habits.newShare, newShareMin);
  const digits = -Math.log10(share) - noveltyFrom;
  if (digits <= 0 || habits.last.counterparties.includes(counterparty)) return undefined;
  const quote = `new to this card, as ${Math.round(share * 100)} % of what it pays`;
  return { name: 'new counterparty', digits, eventId, quote };
}

/** How surprising the hour is, by the card's last transactions and as if eight more were spread over the day. */
export function hourSurprise({ last }: KnownHabits, { eventId, second }: Paid): Surprise | undefined {
  const hour = hourOf(second);
  const share = (countAround(last, hour) + 1) / (last.seconds.length + 8);
  const digits = -Math.log10(share) - hourFrom;
  if (digits <= 0) return undefined;
  return {
    name: 'hour',
    digits,
    eventId,
    quote: `at ${hour}:00 UTC, as ${Math.round(share * 100)} % of its transactions`,
  };
}

/** In digits: what odd transactions before this one count for at most, and the heat that counts for half of it. */
const heatWorth = 3;
const heatHalf = 3;

/** What odd transactions of late say of this one: a card that was stolen is used more than once. */
export function heatSurprise({ heat, heatFrom }: KnownHabits): Surprise | undefined {
  if (heat < 0.01) return undefined;
  const digits = (heatWorth * heat) / (heat + heatHalf);
  return { name: 'odd transactions before', digits, eventId: heatFrom, quote: null };
}

/** A number to the cent, or whole from a thousand on. */
function told(value: number): string {
  if (!(value >= 0 && value < 1_000)) return String(Math.round(value));
  // A double takes three times as long to be written as whole numbers do.
  const cents = Math.round(value * 100);
  const whole = Math.floor(cents / 100);
  const rest = cents - whole * 100;
  if (rest === 0) return `${whole}`;
  return rest % 10 === 0 ? `${whole}.${rest / 10}` : `${whole}.${rest < 10 ? '0' : ''}${rest}`;
}
