import { hourOf } from './last.ts';
import { cents, tenThousandths } from './rounded.ts';
import type { TerminalRisk } from './terminal.ts';
import { windowDays, type PerWindow, type Windows } from './windows.ts';

/**
 * What is known of a transaction when it comes, rounded: it is kept until it is known what the transaction was, in about
 * 90 bytes. Its amount, robust z of the amount, the card's heat before it; how many the card had (this one included) and
 * their mean amount, over the windows; the terminal's transactions and risks over them, where there is a terminal.
 */
export type RiskFacts = readonly [
  amount: number,
  z: number,
  heat: number,
  ...counts: PerWindow,
  ...means: PerWindow,
  ...terminal: [] | [...counts: PerWindow, ...risks: PerWindow],
];

export interface RiskFactsSeen {
  readonly amount: number;
  /** The card's amounts, this one included. */
  readonly windows: Windows;
  readonly terminal: TerminalRisk | undefined;
  readonly z: number;
  readonly heat: number;
}

export function factsOf({ amount, windows, terminal, z, heat }: RiskFactsSeen): RiskFacts {
  const [paid, beyond, odd] = [cents(amount), tenThousandths(z), tenThousandths(heat)];
  const [day, week, month] = [cents(windows[1]), cents(windows[2]), cents(windows[3])];
  const ofDay = cents(windows[4] / windows[1]);
  const ofWeek = cents(windows[5] / windows[2]);
  const ofMonth = cents(windows[6] / windows[3]);
  if (!terminal) return [paid, beyond, odd, day, week, month, ofDay, ofWeek, ofMonth];
  const { counts: many, risks } = terminal;
  return [
    paid,
    beyond,
    odd,
    day,
    week,
    month,
    ofDay,
    ofWeek,
    ofMonth,
    cents(many[0]),
    cents(many[1]),
    cents(many[2]),
    tenThousandths(risks[0]),
    tenThousandths(risks[1]),
    tenThousandths(risks[2]),
  ];
}

/** Deviations from which an amount is far beyond usual. */
const farFrom = 2;
const heatMax = 10;

/** What the risk of a transaction is learned from, in the order of `riskFeatureNames`. */
export type RiskFeatures = readonly number[];

/**
 * The fifteen features of the Fraud Detection Handbook (Le Borgne et al. 2022, chapter 3), and what the card's habits say of the amount.
 */
export const riskFeatureNames: readonly string[] = [
  'amount',
  'weekend',
  'night',
  ...windowDays.map((days) => `card's transactions, ${days} d`),
  ...windowDays.map((days) => `card's mean amount, ${days} d`),
  ...windowDays.map((days) => `terminal's transactions, ${days} d`),
  ...windowDays.map((days) => `terminal's frauds, ${days} d`),
  'log amount',
  'amount beside usual',
  'amount far beyond usual',
  'amount beyond usual, squared',
  'odd transactions before',
];

/** The features of a transaction at `second`, event time. */
export function featuresOf(second: number, facts: RiskFacts): RiskFeatures {
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(second / 86_400) + 4) % 7;
  const [amount, z, heat] = facts;
  return [
    amount,
    weekday === 0 || weekday === 6 ? 1 : 0,
    hourOf(second) <= 6 ? 1 : 0,
    facts[3],
    facts[4],
    facts[5],
    facts[6],
    facts[7],
    facts[8],
    facts[9] ?? 0,
    facts[10] ?? 0,
    facts[11] ?? 0,
    facts[12] ?? 0,
    facts[13] ?? 0,
    facts[14] ?? 0,
    Math.log(amount + 1),
    z,
    Math.max(0, z - farFrom),
    Math.max(0, z) ** 2,
    Math.sqrt(Math.min(heat, heatMax)),
  ];
}
