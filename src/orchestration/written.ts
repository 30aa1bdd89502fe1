import type { AgentCard, Cost } from '../core/agent.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { listAt, textAt } from '../core/read.ts';
import { stepsMax } from './carried.ts';
import { factOf } from './fold.ts';
import type { Deciders, Plan, PlanStep, Run } from './run.ts';
import { isWithin, mapCost, planOf } from './steps.ts';
import { worstCostOf } from './validate.ts';

/** What it does with the findings of the other steps. */
const stepId = 'in-prose';

/**
 * Deciders whose plans end with a step that says in prose what the others found. It adds nothing to the result but that: findings,
 * what is missing and how sure it all is are as if it were not there, whether or not it succeeds. It pays for itself, but never
 * beyond what whoever asked for the run lets it cost: there is no such step where that is not enough. `cards`: of the other agents.
 */
export function withWriter(how: Deciders, writer: AgentCard, cards: readonly AgentCard[]): Deciders {
  return {
    ...how,
    plan(request, context) {
      const plan = how.plan(request, context);
      // A run under another is told of by that one.
      if ('impossible' in plan || request.parent) return plan;
      const steps = worstCostOf(plan.steps, cards);
      const most = request.budget && mapCost((unit) => plan.budget[unit] - steps[unit]);
      return written(plan, writer, most);
    },
    synthesise: (run) => told(how.synthesise(withoutStep(run)), run),
  };
}

/** `most`: what the step may cost out of the plan's budget; undefined where it may cost what it does, beside that. */
function written(plan: Plan, { skills: [skill], limits }: AgentCard, most: Cost | undefined): Plan {
  const all = plan.steps.map(({ id }) => id);
  if (!skill || all.length >= stepsMax || all.includes(stepId)) return plan;
  if (most && !isWithin(skill.cost, most)) return plan;
  const step: PlanStep = {
    id: stepId,
    skill: skill.id,
    goal: skill.description,
    needs: all,
    shows: all,
    input: {},
    timeoutMs: limits.timeoutMs,
    expectedMs: 5_000,
    optional: true,
  };
  const budget = most ? plan.budget : mapCost((unit) => plan.budget[unit] + skill.cost[unit]);
  return { ...plan, budget, steps: [...plan.steps, step] };
}

/** The run as it would be without the step. */
function withoutStep(run: Run): Run {
  const decided = factOf(run, 'plan-decided');
  if (!decided?.fact.plan.steps.some(({ id }) => id === stepId)) return run;
  const { plan } = decided.fact;
  const steps = plan.steps.filter(({ id }) => id !== stepId);
  return {
    ...run,
    facts: new Map(run.facts).set('plan-decided', { ...decided, fact: { ...decided.fact, plan: { ...plan, steps } } }),
  };
}

/** The result with its findings in the order and the prose that were recorded. */
function told(result: JsonObject, run: Run): JsonObject {
  if (!planOf(run)?.steps.some(({ id }) => id === stepId)) return result;
  const output = factOf(run, 'step-finished', stepId)?.fact.report.output ?? {};
  const [text, provider] = [textAt(output, 'prose'), textAt(output, 'provider')];
  const prose = text === undefined || provider === undefined ? null : { text, provider };
  return { ...result, ...inOrder(result, output), prose };
}

/** Findings that were not put in order come after those that were, as they were. */
function inOrder(result: JsonObject, output: JsonObject): JsonObject {
  const [findings, order] = [listAt(result, 'findings'), listAt(output, 'order')];
  if (order.length === 0) return {};
  const places = new Map(order.map((one, place) => [nameOf(one), place] as const).toReversed());
  const placeOf = (finding: Json): number => places.get(nameOf(finding)) ?? order.length;
  return { findings: findings.toSorted((a, b) => placeOf(a) - placeOf(b)) };
}

const nameOf = (one: Json): string => JSON.stringify([textAt(one, 'entity'), textAt(one, 'title')]);
