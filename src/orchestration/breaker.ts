/**
 * What went wrong with a step. `timed-out` no report in time; `transient` may pass when tried again; `rate-limited` asked
 * too often; `invalid` a report that breaks its schema or whose evidence does not hold; `poisoned` a task that ends whoever takes it;
 * `refused` by policy; `unfit` it is well and cannot do such a task (too large for it, beyond what it may spend), another may.
 */
export const faultKinds = [
  'timed-out',
  'transient',
  'rate-limited',
  'invalid',
  'poisoned',
  'refused',
  'unfit',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Whether an agent is asked at all (the circuit breaker of Nygard, Release It!, 2007). Times in ms. */
export interface Breaker {
  /** Faults in a row. */
  readonly faults: number;
  /** Null: closed. */
  readonly openUntil: number | null;
  /** How often in a row it opened: each time it stays open twice as long. */
  readonly opened: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

export const closedBreaker: Breaker = { faults: 0, openUntil: null, opened: 0 };

export const faultsToOpen = 5;
export const openMs = 30_000;
export const openMsMax = 600_000;

/** Half-open: one task may try whether it works again. */
export function breakerAt({ openUntil }: Breaker, at: number): BreakerState {
  if (openUntil === null) return 'closed';
  return at < openUntil ? 'open' : 'half-open';
}

/** Faults that are not the agent's own (asked too often, a task not for it, a policy) and say nothing of its health. */
export const notItsOwn: ReadonlySet<FaultKind> = new Set(['rate-limited', 'poisoned', 'refused', 'unfit']);

/** The breaker after a task. */
export function breakerAfter(breaker: Breaker, fault: FaultKind | null, at: number): Breaker {
  if (fault === null) return closedBreaker;
  if (notItsOwn.has(fault)) return breaker;
  const faults = breaker.faults + 1;
  const state = breakerAt(breaker, at);
  // Tasks that were under way when it opened.
  if (state === 'open') return { ...breaker, faults };
  if (state === 'closed' && faults < faultsToOpen) return { ...breaker, faults };
  const forMs = Math.min(openMsMax, openMs * 2 ** Math.min(breaker.opened, 30));
  return { faults, openUntil: at + forMs, opened: breaker.opened + 1 };
}
