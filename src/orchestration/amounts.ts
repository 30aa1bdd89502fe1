import type { Cost } from '../core/agent.ts';

/**
 * A cost in whole numbers, so that sums are exact: money in millionths of a dollar, agent-seconds in thousandths, rounded up;
 * at most 2⁵³ − 1.
 */
export interface Amounts {
  readonly money: number;
  readonly tokens: number;
  readonly calls: number;
  readonly agentSeconds: number;
}

export const costNames = ['money', 'tokens', 'calls', 'agentSeconds'] as const satisfies readonly (keyof Cost)[];

const unitsPer: Amounts = { money: 1_000_000, tokens: 1, calls: 1, agentSeconds: 1_000 };

export const noAmounts: Amounts = { money: 0, tokens: 0, calls: 0, agentSeconds: 0 };

/** Below 0 counts as 0. */
export const unitsOf = (cost: Cost): Amounts =>
  each((name) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(cost[name] * unitsPer[name] - 1e-6))));

export const costOf = (amounts: Amounts): Cost => each((name) => amounts[name] / unitsPer[name]);

export const plus = (a: Amounts, b: Amounts): Amounts =>
  each((name) => Math.min(Number.MAX_SAFE_INTEGER, a[name] + b[name]));

/** Never below 0. */
export const minus = (a: Amounts, b: Amounts): Amounts => each((name) => Math.max(0, a[name] - b[name]));

/** The first of which there is more than is left. */
export const amountsAbove = (amounts: Amounts, left: Amounts): keyof Cost | undefined =>
  costNames.find((name) => amounts[name] > left[name]);

const each = (of: (name: keyof Cost) => number): Amounts => ({
  money: of('money'),
  tokens: of('tokens'),
  calls: of('calls'),
  agentSeconds: of('agentSeconds'),
});
