import { fnv1a32 } from '../../core/ids.ts';
import { normalSurprise } from '../tails.ts';
import { factsOf, featuresOf, type RiskFeatures } from './features.ts';
import { cooled, oddOf } from './habits.ts';
import { lastMax, put } from './last.ts';
import { tenThousandths } from './rounded.ts';
import { amountBeyond } from './surprise.ts';
import { reportDelaySeconds, type TerminalRisk } from './terminal.ts';
import type { Usual } from './usual.ts';
import { noneWaiting, reported, waitingAfter, type Waiting, type WaitingTransaction } from './waiting.ts';
import { emptyWindows, windowsAfter, type Windows } from './windows.ts';

/**
 * What is known of a card, and what was seen of its transactions that may still be reported: as many at most
 * as `Reporting` says. About 600 bytes, and 70 for each that waits; 100 where there are terminals.
 */
export type Card = {
  /** The last `lastMax`, a ring, and where the next one goes. */
  readonly amounts: readonly number[];
  readonly next: number;
  /** Digits of surprise beyond what is odd, halved every week; stands where the windows do. */
  readonly heat: number;
  readonly windows: Windows;
  readonly waiting: Waiting;
} | null;

export interface CardTransaction {
  readonly eventId: string;
  /** Event time, ms. */
  readonly at: number;
  readonly amount: number;
  /** Undefined where there is no terminal to tell apart. */
  readonly terminalRisk: TerminalRisk | undefined;
  /** What all cards usually pay, where that is known. */
  readonly everyone: Usual | undefined;
}

/** A transaction of which it is known by now what it was. */
export type RiskExample = {
  readonly features: RiskFeatures;
  readonly fraud: boolean;
};

/** How reports come in, and so how long a transaction waits for one. */
export interface Reporting {
  /** What nobody has reported by then is no fraud, ms. */
  readonly withinMs: number;
  /** Transactions of a card that wait at most; the earliest of more are let go unlearned. */
  readonly awaitingMax: number;
  /** Of so many that nobody reported one is learned from, chosen by a hash; 1 takes all. */
  readonly silentOneIn: number;
}

const asInTheHandbook: Reporting = { withinMs: reportDelaySeconds * 1_000, awaitingMax: 50, silentOneIn: 1 };

/** A transaction: its features, and the examples that became known by the time passing: what nobody reported is no fraud. */
export function cardSeen(
  before: Card,
  seen: CardTransaction,
  { withinMs, awaitingMax, silentOneIn }: Reporting = asInTheHandbook,
): { state: NonNullable<Card>; features: RiskFeatures; examples: readonly RiskExample[] } {
  const { eventId, at, amount } = seen;
  const second = Math.floor(at / 1_000);
  const card = before ?? { amounts: [], next: 0, heat: 0, windows: emptyWindows(second), waiting: noneWaiting };
  const heat = cooled(card.heat, Math.max(second - card.windows[0], 0));
  const windows = windowsAfter(card.windows, second, 1, amount);
  const z = amountBeyond(card.amounts, amount, seen.everyone)?.z;
  const facts = factsOf({ amount, windows, terminal: seen.terminalRisk, z: z ?? 0, heat });
  const waits = { id: fnv1a32(eventId), second, facts };
  const { waiting, released } = waitingAfter(card.waiting, waits, (at - withinMs) / 1_000, awaitingMax);
  const silent = silentOneIn === 1 ? released : released.filter(({ id }) => id % silentOneIn === 0);
  const state = {
    amounts: put(card.amounts, card.next, amount),
    next: (card.next + 1) % lastMax,
    heat: tenThousandths(heat + (z === undefined ? 0 : oddOf(normalSurprise(z)))),
    windows,
    waiting,
  };
  return { state, features: featuresOf(second, facts), examples: silent.map((row) => exampleOf(row, false)) };
}

/** A report that a transaction was fraud (or, by who knows, that it was none): an example, if it still waits for one. */
export function cardReported(
  before: Card,
  eventId: string,
  fraud = true,
): { state: Card; examples: readonly RiskExample[] } {
  if (!before) return { state: before, examples: [] };
  const { waiting, released } = reported(before.waiting, fnv1a32(eventId));
  const { amounts, next, heat, windows } = before;
  // Written out: of a spread V8 makes another shape, and reads cards of many shapes slowly.
  return { state: { amounts, next, heat, windows, waiting }, examples: released.map((row) => exampleOf(row, fraud)) };
}

const exampleOf = ({ second, facts }: WaitingTransaction, fraud: boolean): RiskExample => ({
  features: featuresOf(second, facts),
  fraud,
});
