import type { AgentCard, Cost, Skill } from '../core/agent.ts';
import type { Template } from '../core/template.ts';
import { complexityOf, type Complexity } from './complexity.ts';
import { guardOf, usualPolicy, type Policy, type Risk } from './policy.ts';
import { regressed, stepNameOf } from './regress.ts';
import type { Plan, PlanStep } from './run.ts';
import { stepsOfTemplate } from './templates.ts';
import { faultsOf, type Fault } from './validate.ts';

/** What is to be done. */
export interface Goal {
  /** Of a template; null: by what is wanted alone. */
  readonly kind: string | null;
  /** Names that have to come of it, where no template fits. */
  readonly wanted: readonly string[];
  /** Of a run for one skill: that, and what has to be there before it. */
  readonly skill?: string;
  /** Names that are there from the start: the run's context. */
  readonly given: readonly string[];
  /** Those of `given` that were looked up about the entity, and that nobody gave it: what a skill gives goes before. Default: none. */
  readonly lookedUp?: readonly string[];
  /** What all steps together may cost at worst. */
  readonly budget: Cost;
  readonly risk: Risk;
  readonly policy?: Policy;
}

export type Planned =
  | {
      readonly kind: 'planned';
      readonly plan: Plan;
      readonly complexity: Complexity;
      /** What was left out of a template because nobody can do it: part of what the result says is missing. */
      readonly leftOut: readonly LeftOut[];
    }
  | { readonly kind: 'impossible'; readonly faults: readonly Fault[] };

export interface LeftOut {
  readonly step: string;
  readonly skill: string;
}

/** Steps as they are thought of, before it is known how long each may take and what has to be asked first. */
export interface Draft {
  readonly template: string;
  readonly version: number;
  readonly steps: readonly DraftStep[];
  readonly leftOut: readonly LeftOut[];
}

/** `approval`: a person is asked before it starts, whatever the policy says. */
type DraftStep = Pick<PlanStep, 'id' | 'skill' | 'goal' | 'needs' | 'optional' | 'when' | 'shows'> & {
  readonly approval?: true;
};

const parallelMax = 8;
const approvalMs = 24 * 3_600_000;

/** The plan for a goal: the template of its kind, else by regression from what is wanted. Either is validated. */
export function planned(goal: Goal, cards: readonly AgentCard[], templates: readonly Template[]): Planned {
  const template = goal.kind === null ? undefined : templates.find(({ kind }) => kind === goal.kind);
  const draft = template ? stepsOfTemplate(template, cards) : withoutTemplate(goal, cards);
  if (!('steps' in draft)) return { kind: 'impossible', faults: draft.faults };
  const { version, leftOut } = draft;
  const steps = draft.steps.map((step) => stepOf(step, goal, cards));
  const complexity = complexityOf({ steps }, cards);
  const plan = {
    template: draft.template,
    version,
    strategy: complexity.width > 1 ? ('adaptive' as const) : ('sequential' as const),
    parallel: Math.max(1, Math.min(parallelMax, complexity.width)),
    budget: goal.budget,
    steps,
  };
  const faults = faultsOf(plan, goal, cards);
  return faults.length === 0 ? { kind: 'planned', plan, complexity, leftOut } : { kind: 'impossible', faults };
}

function withoutTemplate(goal: Goal, cards: readonly AgentCard[]): ReturnType<typeof regressed> {
  const { skill, given } = goal;
  if (skill === undefined) return regressed(goal, cards);
  const able = cards.flatMap(({ skills }) => skills.filter(({ id }) => id === skill));
  const lacking = able.map(({ input }) => input.filter((name) => !given.includes(name)));
  const [wanted = []] = lacking.toSorted((a, b) => a.length - b.length);
  const before = regressed({ wanted, given }, cards);
  if (!('steps' in before)) return before;
  const steps = before.steps.filter((step) => step.skill !== skill);
  const needs = steps.map(({ id }) => id);
  const last = { id: stepNameOf(skill, needs), skill, goal: able[0]?.description ?? skill, needs };
  return { ...before, template: 'skill', steps: [...steps, last] };
}

function stepOf(
  { approval, ...step }: DraftStep,
  { risk, policy = usualPolicy }: Goal,
  cards: readonly AgentCard[],
): PlanStep {
  const able = cards.filter(({ skills }) => skills.some(({ id }) => id === step.skill));
  const skills: readonly Skill[] = able.flatMap((card) => card.skills.filter(({ id }) => id === step.skill));
  const seconds = skills.map(({ cost }) => cost.agentSeconds);
  const undo = skills.find((skill) => skill.undo !== undefined)?.undo;
  const guarded = guardOf(policy, skills, risk);
  const guard = approval && guarded === 'go' ? 'approve' : guarded;
  return {
    ...step,
    input: {},
    timeoutMs: Math.max(1, ...able.map(({ limits }) => limits.timeoutMs)),
    expectedMs: Math.max(0, ...seconds) * 1_000,
    ...(undo !== undefined && { undo }),
    ...((guard === 'approve' || guard === 'four-eyes') && {
      approval: { fourEyes: guard === 'four-eyes', expiresMs: approvalMs, otherwise: step.optional ? 'skip' : 'fail' },
    }),
  };
}
