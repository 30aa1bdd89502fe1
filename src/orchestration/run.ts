import type { Cost } from '../core/agent.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ConflictRule } from '../core/conflicts.ts';
import type { Fact } from './facts.ts';
import type { Risk } from './policy.ts';

/** Work given to agents. Where it comes from is `by`; what caused it, and so whether it is the same, is in its id. */
export interface RunRequest {
  /** A hash of its cause. */
  readonly id: string;
  readonly org: string;
  /** Whom it is about; null: the organisation as a whole. */
  readonly entity: string | null;
  /** What kind of task it is: what templates go by. */
  readonly kind: string;
  readonly goal: string;
  /** As of when it is asked, event time, RFC 3339. */
  readonly asOf: string;
  readonly context: JsonObject;
  /** `pipeline:<name>`, or the person. */
  readonly by: string;
  /** So long it waits for what belongs to the same, before it begins; ms. */
  readonly settleMs: number;
  /** Id of the alert that caused it; absent: none did. */
  readonly alert?: string;
  /** The run whose step it is; null: nobody's. `first`: of the run above all; absent where an earlier weir asked. */
  readonly parent: { readonly run: string; readonly depth: number; readonly first?: AskedFirst } | null;
  readonly limits: RunLimits;
  /** Names that shall come of a run of kind `open`: its steps are found backwards from them. */
  readonly wanted?: readonly string[];
  /** The pattern somebody asks for; else it is chosen. */
  readonly pattern?: Pattern;
  /** What may be broken when it goes wrong; else `low`. */
  readonly risk?: Risk;
  /** What its steps may cost together, of a run under another: taken from that one's. */
  readonly budget?: Cost;
}

/** Of the run that somebody asked for, however deep another lies under it: who that was, and for what kind. */
export interface AskedFirst {
  readonly by: string;
  readonly kind: string;
}

export const askedFirst = ({ by, kind, parent }: Pick<RunRequest, 'by' | 'kind' | 'parent'>): AskedFirst =>
  parent?.first ?? { by, kind };

/** What a run may try. Recorded with the run: a change of settings does not change runs under way. */
export interface RunLimits {
  /** From its admission to its last step, ms; then it takes back what it did. */
  readonly runMs: number;
  /** Attempts of one agent at one step, where what failed may pass. */
  readonly attemptsPerAgent: number;
  /** Attempts beyond the first of each step, in all. */
  readonly retries: number;
  /** Attempts at taking back one step, before a person is asked. */
  readonly undoAttempts: number;
  /** How often nobody may be found for a step before that counts as failed. */
  readonly unassigned: number;
  /** Waits between attempts: at random up to `backoffMs · 2ⁿ`, `backoffMaxMs` at most. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** So long a person is waited for, where nobody else could do a step or take it back, ms; absent: nobody is asked. */
  readonly personMs?: number;
}

export const defaultLimits: RunLimits = {
  runMs: 3_600_000,
  attemptsPerAgent: 3,
  retries: 32,
  undoAttempts: 12,
  unassigned: 6,
  backoffMs: 200,
  backoffMaxMs: 30_000,
};

export const strategyNames = ['sequential', 'parallel', 'pipeline', 'adaptive'] as const;
export type StrategyName = (typeof strategyNames)[number];

/**
 * What a plan looks like. `solo` each step is done by one agent; `pair` a maker and a checker, who sends back at most so often;
 * `hierarchical` each step is a run of its own; `swarm` peers on a board until they agree.
 */
export const patterns = ['solo', 'pair', 'hierarchical', 'swarm'] as const;
export type Pattern = (typeof patterns)[number];

/** Steps and what each needs: a directed graph without cycles. */
export interface Plan {
  /** What it was made from, and which version of that. */
  readonly template: string;
  readonly version: number;
  readonly strategy: StrategyName;
  /** Steps under way at once. */
  readonly parallel: number;
  /** What all steps together may cost. */
  readonly budget: Cost;
  readonly steps: readonly PlanStep[];
  /** What it looks like, and why: the ranking. Absent: every step is done by one agent. */
  readonly pattern?: { readonly name: Pattern; readonly why: JsonObject };
  /** Which value stands where two steps give different ones under one name. Absent: that of the later step. */
  readonly conflict?: ConflictRule;
}

/** A step starts when each one it needs is over. An agent does it, unless it is gathered or a run of its own. */
export interface PlanStep {
  readonly id: string;
  readonly skill: string;
  readonly goal: string;
  /** Steps that must be over before it. */
  readonly needs: readonly string[];
  readonly input: JsonObject;
  /** ms. */
  readonly timeoutMs: number;
  /** About how long it takes, ms; without it the critical path goes by `timeoutMs`. */
  readonly expectedMs?: number;
  /** The skill that takes back what it did. */
  readonly undo?: string;
  readonly approval?: Approval;
  /** Its output where nobody could do it. */
  readonly degraded?: JsonObject;
  /** The run goes on without it. */
  readonly optional?: boolean;
  /** It is skipped where this is not so. */
  readonly when?: Condition;
  /** Steps whose agents shall not do this one: who checks has not made. */
  readonly notBy?: readonly string[];
  /** Steps whose whole reports it is shown, under `reports`; of gathered ones, those they were gathered from. */
  readonly shows?: readonly string[];
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

/** Runs under runs under the first, at most: so delegation ends. */
export const delegationMax = 3;

export interface Approval {
  /** Two people, none of whom asked for the run. */
  readonly fourEyes: boolean;
  readonly expiresMs: number;
  /** What happens where it is denied or expires. */
  readonly otherwise: 'skip' | 'fail';
}

export const outcomes = ['completed', 'undone', 'failed', 'cancelled', 'refused'] as const;
/** `undone`: it did not succeed, and all it did was taken back. `failed`: neither. `cancelled`: somebody said so, and all was taken back. `refused`: never begun. */
export type Outcome = (typeof outcomes)[number];

/** A fact and its place: where in the log it stands. Of facts of one key the first counts. */
export interface Held<F extends Fact = Fact> {
  readonly fact: F;
  /** Grows with the sequence, and within an entry with the fact's number. */
  readonly place: number;
  /** When it was written, ms since 1970. */
  readonly at: number;
}

/** A run as far as it is known: the first fact of each key. */
export interface Run {
  readonly facts: ReadonlyMap<string, Held>;
  /** The greatest sequence folded: what a decision expects. */
  readonly sequence: number;
  /** The latest time any fact was written, ms since 1970. */
  readonly at: number;
}

/** Why there is no plan. `elsewhere`: a daemon that knows more than this one may have one, so it is left to that for a while. */
export interface Unplanned {
  readonly impossible: string;
  readonly elsewhere?: true;
}

/** What is decided by somebody else, as pure functions: the same arguments give the same answer. */
export interface Deciders {
  plan(request: RunRequest, context: JsonObject): Plan | Unplanned;
  /** Undefined where there is nobody at this moment. */
  select(wanted: Wanted): Choice | undefined;
  /** What came of the run, from the reports of its steps. */
  synthesise(run: Run): JsonObject;
}

export interface Wanted {
  readonly org: string;
  readonly skill: string;
  /** Names of what can be given. */
  readonly input: readonly string[];
  /** Agents that shall not do it. */
  readonly excluded: readonly string[];
  /** What may be broken by it; low where nothing is said. */
  readonly risk?: Risk;
  /** The agent that another handed it to: chosen where it can do it. */
  readonly preferred?: string;
  /** What is left. */
  readonly budget: Cost;
  /** 32 bits, unsigned. */
  readonly seed: number;
  /** ms since 1970. */
  readonly at: number;
}

export interface Choice {
  readonly agent: string;
  readonly version: number;
  /** What it may cost at most: reserved. */
  readonly cost: Cost;
  /** Recorded: the ranking, and each reason. */
  readonly why: JsonObject;
}
