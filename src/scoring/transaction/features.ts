import { hourOf } from './recent.ts';
import type { TerminalRisk } from './terminal.ts';
import { windowDays, type Windows } from './windows.ts';

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

export interface RiskFacts {
  /** Event time, whole seconds. */
  readonly second: number;
  readonly amount: number;
  /** The card's amounts, this one included. */
  readonly windows: Windows;
  readonly terminal: TerminalRisk;
  /** Robust z of the amount, and the card's heat before it. */
  readonly z: number;
  readonly heat: number;
}

/** Deviations from which an amount is far beyond usual. */
const farFrom = 2;
const heatMax = 10;

export function featuresOf({ second, amount, windows, terminal, z, heat }: RiskFacts): RiskFeatures {
  // 1 January 1970 was a Thursday.
  const weekday = (Math.floor(second / 86_400) + 4) % 7;
  const features = [
    amount,
    weekday === 0 || weekday === 6 ? 1 : 0,
    hourOf(second) <= 6 ? 1 : 0,
    ...windows.counts,
    ...windows.counts.map((count, at) => (windows.sums[at] ?? 0) / count),
    ...terminal.counts,
    ...terminal.risks,
    Math.log(amount + 1),
    z,
    Math.max(0, z - farFrom),
    Math.max(0, z) ** 2,
    Math.sqrt(Math.min(heat, heatMax)),
  ];
  // They are kept until it is known what the transaction was: four decimals tell as much, and are half the bytes.
  return features.map((value) => Math.round(value * 1e4) / 1e4);
}
