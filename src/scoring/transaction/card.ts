import { normalSurprise } from '../tails.ts';
import { featuresOf, type RiskFeatures } from './features.ts';
import { cooled, oddOf } from './habits.ts';
import { put, recentMax } from './recent.ts';
import { amountBeyond } from './surprise.ts';
import { reportDelaySeconds, type TerminalRisk } from './terminal.ts';
import type { Usual } from './usual.ts';
import { emptyWindows, fadedTo, windowsAfter, type Windows } from './windows.ts';

/**
 * What is known of a card, and what was seen of its transactions that may still be reported: `awaitingMax` rows at
 * most, the earliest of more are let go unlearned. About 1 kB, and 200 bytes for each that waits.
 */
export type Card = {
  /** The last `recentMax`, a ring, and where the next one goes. */
  readonly amounts: readonly number[];
  readonly next: number;
  /** Digits of surprise beyond what is odd, halved every week; stands where the windows do. */
  readonly heat: number;
  readonly windows: Windows;
  /** In the order they came. */
  readonly awaiting: readonly Awaiting[];
} | null;

/** A transaction that may still be reported; `at` is event time, ms. */
type Awaiting = { readonly id: string; readonly at: number; readonly features: RiskFeatures };

export interface CardTransaction {
  readonly eventId: string;
  /** Event time, ms. */
  readonly at: number;
  readonly amount: number;
  readonly terminalRisk: TerminalRisk;
  /** What all cards usually pay, where that is known. */
  readonly everyone: Usual | undefined;
}

/** A transaction of which it is known by now what it was. */
export interface RiskExample {
  readonly features: RiskFeatures;
  readonly fraud: boolean;
}

const awaitingMax = 100;

/** A transaction: its features, and the examples that became known by the time passing: what nobody reported is no fraud. */
export function cardSeen(
  before: Card,
  seen: CardTransaction,
): { state: NonNullable<Card>; features: RiskFeatures; examples: readonly RiskExample[] } {
  const { eventId, at, amount } = seen;
  const second = Math.floor(at / 1_000);
  const card = before ?? { amounts: [], next: 0, heat: 0, windows: emptyWindows(second), awaiting: [] };
  const heat = cooled(card.heat, Math.max(second - card.windows.at, 0));
  const windows = windowsAfter(fadedTo(card.windows, second), 1, amount);
  const z = amountBeyond(card.amounts, amount, seen.everyone)?.z;
  const features = featuresOf({ second, amount, windows, terminal: seen.terminalRisk, z: z ?? 0, heat });
  const due = dueBy(card.awaiting, at - reportDelaySeconds * 1_000);
  const state = {
    amounts: put(card.amounts, card.next, amount),
    next: (card.next + 1) % recentMax,
    heat: heat + (z === undefined ? 0 : oddOf(normalSurprise(z))),
    windows,
    awaiting: [...card.awaiting.slice(due), { id: eventId, at, features }].slice(-awaitingMax),
  };
  return { state, features, examples: card.awaiting.slice(0, due).map((row) => exampleOf(row, false)) };
}

/** A report that a transaction was fraud: an example, if it still waits for one. */
export function cardReported(before: Card, eventId: string): { state: Card; examples: readonly RiskExample[] } {
  if (!before) return { state: before, examples: [] };
  const awaiting = before.awaiting.filter(({ id }) => id !== eventId);
  const reported = before.awaiting.filter(({ id }) => id === eventId);
  return { state: { ...before, awaiting }, examples: reported.map((row) => exampleOf(row, true)) };
}

/** How many of the first were seen at or before `until`. One that came late holds up none but those behind it. */
function dueBy(awaiting: readonly Awaiting[], until: number): number {
  const young = awaiting.findIndex(({ at }) => at > until);
  return young < 0 ? awaiting.length : young;
}

const exampleOf = ({ features }: Awaiting, fraud: boolean): RiskExample => ({ features, fraud });
