import type { JsonObject } from '../core/json.ts';
import type { FaultKind } from './faults.ts';

/** What the coordinator tells of itself. Never what was asked or answered. */
export interface ProviderHappenings {
  /** A call to a provider ended. */
  modelCalled(call: ModelCall): void;
  /** Faults in succession opened the provider's breaker, or a probe of it failed. */
  breakerOpened(provider: string, forMs: number): void;
  breakerClosed(provider: string): void;
  /** No provider answered. */
  modelUnanswered(task: string, why: Unanswered): void;
}

export interface ModelCall {
  readonly provider: string;
  readonly task: string;
  /** Aborted: who asked went away. */
  readonly outcome: 'answered' | 'aborted' | FaultKind;
  /** For people; empty where there is nothing to say. */
  readonly detail: string;
  readonly latencyMs: number;
  readonly tokens: number;
  /** US dollars. */
  readonly money: number;
}

/** What is recorded of it with a run, and what its provider is judged by. */
export const recorded = ({ provider, task, outcome, latencyMs, tokens, money }: ModelCall): JsonObject => ({
  provider,
  task,
  outcome,
  latencyMs,
  tokens,
  money,
});

/**
 * Why nobody answered: no provider is fit for it by the configuration; those that are cannot be asked now; all that could be asked failed; the
 * budget does not reach; who asked went away.
 */
export type Unanswered = 'incapable' | 'unavailable' | 'failed' | 'budget' | 'aborted';
