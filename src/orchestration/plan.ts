import type { AgentCard, Cost, Skill } from '../core/agent.ts';
import type { Json } from '../core/json.ts';
import { complexityOf, type Complexity } from './complexity.ts';
import type { ConflictRule } from './conflicts.ts';
import { guardOf, usualPolicy, type Policy, type Risk } from './policy.ts';
import { regressed } from './regress.ts';
import type { Plan as RecordedPlan, PlanStep as RecordedStep } from './run.ts';
import { stepsOfTemplate, type Template } from './templates.ts';
import { faultsOf, type Fault } from './validate.ts';

/** What a run does, as it is recorded with it, with what patterns need beyond that. */
export interface Plan extends RecordedPlan {
  readonly steps: readonly PlanStep[];
}

/** A step starts when each one it needs is over. An agent does it, unless it is gathered or a run of its own. */
export interface PlanStep extends RecordedStep {
  /** It is skipped where this is not so. */
  readonly when?: Condition;
  /** Steps whose agents shall not do this one: who checks has not made. */
  readonly notBy?: readonly string[];
  /** Nobody does it: it is what these steps gave (`gathered`). */
  readonly gather?: Gather;
  /** A run of its own does it, that deep under the first run: 1 for a child of that. */
  readonly child?: { readonly depth: number };
}

/** That a step gave this under that name. Not so of a step that was skipped or failed. */
export interface Condition {
  readonly step: string;
  readonly name: string;
  readonly is: Json;
}

export interface Gather {
  readonly of: readonly string[];
  readonly how:
    | /** What the last of them gave that was not skipped, with the last verdict on it, where there was one. */
      { readonly kind: 'last'; readonly verdictsOf: readonly string[] }
    /** What most of them agree on; where fewer than `agreement` (0 … 1) do, `conflict` says which stands. */
    | { readonly kind: 'quorum'; readonly agreement: number; readonly conflict: ConflictRule };
}

/** What is to be done. */
export interface Goal {
  /** Of a template; null: by what is wanted alone. */
  readonly kind: string | null;
  /** Names that have to come of it, where no template fits. */
  readonly wanted: readonly string[];
  /** Names that are there from the start: the run's context. */
  readonly given: readonly string[];
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
  readonly steps: readonly Pick<PlanStep, 'id' | 'skill' | 'goal' | 'needs' | 'optional'>[];
  readonly leftOut: readonly LeftOut[];
}

const parallelMax = 8;
const approvalMs = 24 * 3_600_000;

/** The plan for a goal: the template of its kind, else by regression from what is wanted. Either is validated. */
export function planned(goal: Goal, cards: readonly AgentCard[], templates: readonly Template[]): Planned {
  const template = goal.kind === null ? undefined : templates.find(({ kind }) => kind === goal.kind);
  const draft = template ? stepsOfTemplate(template, cards) : regressed(goal, cards);
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

function stepOf(
  step: Draft['steps'][number],
  { risk, policy = usualPolicy }: Goal,
  cards: readonly AgentCard[],
): PlanStep {
  const able = cards.filter(({ skills }) => skills.some(({ id }) => id === step.skill));
  const skills: readonly Skill[] = able.flatMap((card) => card.skills.filter(({ id }) => id === step.skill));
  const seconds = skills.map(({ cost }) => cost.agentSeconds);
  const undo = skills.find((skill) => skill.undo !== undefined)?.undo;
  const guard = guardOf(policy, skills, risk);
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
