import type { AgentCard, Cost } from '../core/agent.ts';
import type { Json } from '../core/json.ts';
import type { ConflictRule } from './conflicts.ts';
import { regressed } from './regress.ts';
import { templateFor, type Template } from './templates.ts';
import { faultsOf, type Fault } from './validate.ts';

/** What a run does: steps and what each comes after. As it was recorded with the run; a run keeps the plan it has. */
export interface Plan {
  /** Of the template; 1 for a plan that was made for the occasion. */
  readonly version: number;
  readonly from: 'template' | 'regression' | 'given';
  /** Name of the template, or the goal's. */
  readonly kind: string;
  readonly steps: readonly Step[];
  /** What was left out of a template because nobody can do it: part of what the result says is missing. */
  readonly leftOut: readonly { readonly step: string; readonly skill: string }[];
}

/**
 * A step starts when each one in `after` is over. If `when` is there and not so it is skipped. A skill step or a child fails with
 * any step before it that failed; a gathering step takes those that did not, as long as there are `least`.
 */
export type Step = SkillStep | ChildStep | GatherStep;

interface AnyStep {
  /** `[a-z0-9-/]+`, of its own in the plan. */
  readonly id: string;
  readonly goal: string;
  readonly after: readonly string[];
  readonly when?: Condition;
}

/** An agent does it. */
export interface SkillStep extends AnyStep {
  readonly does: 'skill';
  readonly skill: string;
  /** Names it has to give. */
  readonly output: readonly string[];
  /** Steps whose agents shall not do this one: who checks has not made. */
  readonly notBy: readonly string[];
}

/** A run of its own does it, with a plan of its own. */
export interface ChildStep extends AnyStep {
  readonly does: 'child';
  readonly output: readonly string[];
  /** How deep it lies under the first run: 1 for a child of it. */
  readonly depth: number;
}

/** The kernel does it, by `gathered`: takes what the steps in `of` gave for one. */
export interface GatherStep extends AnyStep {
  readonly does: 'gather';
  readonly of: readonly string[];
  /** How many of them have to have given something. */
  readonly least: number;
  readonly how: Gathering;
}

export type Gathering =
  /** What the last of them gave that was not skipped, with the last verdict on it, where there was one. */
  | { readonly kind: 'last'; readonly verdictsOf: readonly string[] }
  /** What each gave, under its name; of one name given twice, the later step's. */
  | { readonly kind: 'all' }
  /** What most of them agree on; where fewer than `agreement` (0 … 1) do, `conflict` says which stands. */
  | { readonly kind: 'quorum'; readonly agreement: number; readonly conflict: ConflictRule };

/** That a step gave this under that name. Not so of a step that was skipped or failed. */
export interface Condition {
  readonly step: string;
  readonly name: string;
  readonly is: Json;
}

/** What is to be done. */
export interface Goal {
  /** Of a template; null: by what is wanted alone. */
  readonly kind: string | null;
  readonly text: string;
  /** Names that have to come of it, where no template fits. */
  readonly wanted: readonly string[];
  /** Names that are there from the start: the run's context. */
  readonly given: readonly string[];
  /** What all steps together may cost at worst. */
  readonly budget: Cost;
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan }
  | { readonly kind: 'impossible'; readonly faults: readonly Fault[] };

/** The plan for a goal: the template of its kind, else by regression from what is wanted. Either is validated. */
export function planned(goal: Goal, cards: readonly AgentCard[], templates: readonly Template[]): Planned {
  const template = goal.kind === null ? undefined : templates.find(({ kind }) => kind === goal.kind);
  const draft = template ? templateFor(template, cards) : regressed(goal, cards);
  if (draft.kind === 'impossible') return draft;
  const faults = faultsOf(draft.plan, goal, cards);
  return faults.length === 0 ? draft : { kind: 'impossible', faults };
}
