import type { AgentReport, Cost } from '../../../src/core/agent.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Agent } from '../../../src/orchestration/agent.ts';
import { factsOf } from '../../../src/orchestration/fold.ts';
import {
  defaultLimits,
  type Choice,
  type Deciders,
  type Plan,
  type PlanStep,
  type Run,
  type RunLimits,
  type RunRequest,
  type Wanted,
} from '../../../src/orchestration/run.ts';

/** What tests, benches and killed processes alike orchestrate: a plan of five steps, agents by name, and the plainest way to choose. */
export const oneCall: Cost = { money: 0.01, tokens: 0, calls: 1, agentSeconds: 60 };

export function aStep(id: string, needs: readonly string[] = [], more: Partial<PlanStep> = {}): PlanStep {
  return { id, skill: 'work', goal: `do ${id}`, needs, input: {}, timeoutMs: 10_000, expectedMs: 10, ...more };
}

/** `a` first, `b` and `c` after it side by side, `d` after both, `e` last. */
export const fiveSteps: readonly PlanStep[] = [
  aStep('a', [], { undo: 'takeBack' }),
  aStep('b', ['a'], { undo: 'takeBack' }),
  aStep('c', ['a']),
  aStep('d', ['b', 'c'], { undo: 'takeBack' }),
  aStep('e', ['d']),
];

export function aPlan(steps: readonly PlanStep[] = fiveSteps, more: Partial<Plan> = {}): Plan {
  const budget = { money: 100, tokens: 1e6, calls: 1_000, agentSeconds: 1e6 };
  return { template: 'reference', version: 1, strategy: 'parallel', parallel: 4, budget, steps, ...more };
}

/** Waits of milliseconds, so that tests need none of their own. */
export const quick: RunLimits = { ...defaultLimits, backoffMs: 5, backoffMaxMs: 20 };

export function aRequest(id: string, more: Partial<RunRequest> = {}): RunRequest {
  return {
    id,
    org: 'acme',
    entity: 'account:brightloom',
    kind: 'reference',
    goal: 'find out why',
    asOf: '2026-03-02T09:00:00.000Z',
    context: {},
    by: 'pipeline:test',
    settleMs: 0,
    parent: null,
    limits: quick,
    ...more,
  };
}

/** The first agent in the list that is not excluded. */
export const firstOf =
  (names: readonly string[], cost: Cost = oneCall) =>
  ({ excluded }: Wanted): Choice | undefined => {
    const agent = names.find((name) => !excluded.includes(name));
    return agent === undefined ? undefined : { agent, version: 1, cost, why: { first: true } };
  };

export function aDecider(plan: Plan = aPlan(), names: readonly string[] = ['first', 'second']): Deciders {
  return { plan: () => plan, select: firstOf(names), synthesise: outputsOf };
}

/** The result of a run in tests: what each step gave. */
export const outputsOf = (run: Run): JsonObject =>
  Object.fromEntries(
    factsOf(run, 'step-finished')
      .map(({ fact }) => [fact.step, fact.report.output] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );

export const aReport = (output: JsonObject = {}): AgentReport => ({
  insights: [],
  abstained: 'it is a test',
  output,
  degraded: false,
});

/** An agent that does as it is told. */
export function anAgent(
  name: string,
  run: (key: string, input: JsonObject) => Promise<JsonObject> | JsonObject,
): Agent {
  return {
    card: {
      name,
      version: 1,
      description: 'of a test',
      limits: { concurrent: 100, timeoutMs: 10_000 },
      skills: ['work', 'takeBack'].map((id) => ({
        id,
        description: id,
        input: [],
        output: [],
        cost: oneCall,
        sideEffects: 'reversible',
      })),
    },
    async *run(task) {
      yield { says: 'report', report: aReport(await run(task.key, task.input)) };
    },
  };
}
