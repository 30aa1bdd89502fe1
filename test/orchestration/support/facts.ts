import type { AgentReport } from '../../../src/core/agent.ts';
import type { Fact, FactOf } from '../../../src/orchestration/facts.ts';
import type { Choice, PlanStep, RunRequest } from '../../../src/orchestration/run.ts';
import { free } from '../a-card.ts';
import { aPlan, aRequest, aStep } from './reference.ts';

/** As customer-health asks for it. */
export const requested = (id: string, over: Partial<RunRequest> = {}): Fact => ({
  fact: 'requested',
  request: aRequest(id, {
    kind: 'customer_health',
    by: 'pipeline:customer-health',
    asOf: '2026-06-01T00:00:00.000Z',
    ...over,
  }),
});

/** A step whose skill is its name. */
export const doing = (id: string, over: Partial<PlanStep> = {}): PlanStep => aStep(id, [], { skill: id, ...over });

export const planned = (...steps: readonly PlanStep[]): Fact => ({
  fact: 'plan-decided',
  plan: aPlan(steps, { strategy: 'sequential' }),
});

export const scheduled = (
  step: string,
  { agent, version, cost, why }: Choice,
  attempt = 1,
): FactOf<'step-scheduled'> => ({
  fact: 'step-scheduled',
  step,
  attempt,
  agent,
  agentVersion: version,
  why,
  seed: 1,
  reserve: cost,
  argumentsHash: '',
  delayMs: 0,
  timeoutMs: 1_000,
});

export const choiceOf = (agent: string): Choice => ({ agent, version: 1, cost: free, why: {} });

export const reported = (step: string, report: Partial<AgentReport> = {}, attempt = 1): Fact => ({
  fact: 'step-finished',
  step,
  attempt,
  worker: 'w',
  tookMs: 100,
  spent: free,
  report: { insights: [], abstained: null, output: {}, degraded: false, ...report },
});

export const failed = (step: string, fault: 'transient' | 'rate-limited', attempt = 1): Fact => ({
  fact: 'step-failed',
  step,
  attempt,
  worker: 'w',
  tookMs: 100,
  spent: free,
  fault,
  detail: '',
  retryAfterMs: null,
});

export const completed: Fact = { fact: 'run-ended', outcome: 'completed', why: '' };

/** A run of one step, up to who does it. */
export const begun = (id: string, choice: Choice): Fact[] => [
  requested(id),
  planned(doing('churn')),
  scheduled('churn', choice),
];

/** How that step ended, and the run. */
export function over(succeeded: boolean, tookMs: number, money: number): Fact[] {
  const told = { tookMs, spent: { ...free, money } };
  const [good, bad] = [reported('churn'), failed('churn', 'transient')];
  return succeeded ? [{ ...good, ...told }, completed] : [{ ...bad, ...told }, completed];
}
