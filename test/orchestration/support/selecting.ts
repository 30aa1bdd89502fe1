import { aSkill } from '../a-card.ts';

export const churn = aSkill('churn', { input: ['timeline'] });

/** How agents of the simulated pool are, before and after the world changes. */
export interface Nature {
  readonly success: number;
  readonly latencyMs: number;
  readonly money: number;
}

export type World = Readonly<Record<string, Nature>>;

export const before: World = {
  steady: { success: 0.93, latencyMs: 900, money: 0.002 },
  quick: { success: 0.8, latencyMs: 300, money: 0.002 },
  dear: { success: 0.93, latencyMs: 900, money: 0.02 },
  shaky: { success: 0.55, latencyMs: 600, money: 0.002 },
  broken: { success: 0, latencyMs: 50, money: 0 },
};

/** The best falls ill, and a middling one is much improved. */
export const after: World = {
  ...before,
  steady: { success: 0.45, latencyMs: 900, money: 0.002 },
  quick: { success: 0.95, latencyMs: 300, money: 0.002 },
};
