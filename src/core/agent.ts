import type { JsonObject } from './json.ts';
import { isObject } from './read.ts';

/** What an agent says of itself: who it is and what it can do. Fields as in A2A's agent card. */
export interface AgentCard {
  /** `customer-intelligence`. */
  readonly name: string;
  /** Raised when the same task may get another answer. */
  readonly version: number;
  readonly description: string;
  readonly skills: readonly Skill[];
  readonly limits: {
    /** Tasks at once, in one process. */
    readonly concurrent: number;
    /** A task that takes longer counts as failed; ms. */
    readonly timeoutMs: number;
  };
}

/** One thing an agent can do, asked for by its id: a capability. */
export interface Skill {
  /** `churn`: of a name all over the registry, where several agents may have it. */
  readonly id: string;
  readonly description: string;
  /** What it has to be given, and what it gives, by name: conditions that planning goes by. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** What one task may cost at most: reserved before, settled after. */
  readonly cost: Cost;
  readonly sideEffects: 'none' | 'reversible' | 'irreversible';
  /**
   * Its answer depends on its `input` and the time asked about alone, and holds for whoever asks the same as of so much later, event
   * time, ms. Absent: it is asked each time.
   */
  readonly freshMs?: number;
  /** The skill of the same agent that takes back what this one did. */
  readonly undo?: string;
}

export interface Cost {
  /** US dollars. */
  readonly money: number;
  readonly tokens: number;
  readonly calls: number;
  readonly agentSeconds: number;
}

/** A part of a task, as one agent gets it: the same for every attempt. */
export interface SubTask {
  /** `<run>/<step>`: the key of whatever is done for it, in every attempt. */
  readonly key: string;
  readonly org: string;
  /** Whom it is about; null: the organisation as a whole. */
  readonly entity: string | null;
  readonly skill: string;
  readonly goal: string;
  /** As of when it is asked, event time, RFC 3339: what happened later does not count. */
  readonly asOf: string;
  /** What the steps before it gave, by name, and the run's context. */
  readonly input: JsonObject;
}

/** What agents alone come to, and a person may have approved: nobody who asks for a run gives it these. */
export const agentsOwnNames: ReadonlySet<string> = new Set(['proposals', 'verdict', 'cleared']);

/** What a task is given, by name: by the steps before it, and else by the run's context. */
export function givenTo({ input }: Pick<SubTask, 'input'>): JsonObject {
  const { context = null, ...given } = input;
  return isObject(context) ? { ...context, ...given } : given;
}

/** What one agent found. Where there was too little to go by it abstains and says what was missing. */
export interface AgentReport {
  readonly insights: readonly AgentInsight[];
  /** Why nothing can be said; null where something could. */
  readonly abstained: string | null;
  /** What steps after it are given, by the names in the skill's `output`. */
  readonly output: JsonObject;
  /** The answer of a lesser way, because the better one failed. */
  readonly degraded: boolean;
  /** What it did cost, where the agent knows; else what was reserved counts. Its seconds are measured. */
  readonly spent?: Cost;
}

/** A finding: what it is, how large, how sure, what to do, and what it rests on. */
export interface AgentInsight {
  readonly kind: 'opportunity' | 'risk' | 'optimisation';
  readonly entity: string;
  /** What of the entity it is about, where that has an id of its own by which its outcome is told: a deal, a payment. */
  readonly subject?: string;
  readonly title: string;
  readonly detail: string;
  /** At least one. */
  readonly evidence: readonly Evidence[];
  /** How large: a named measure of effect, such as `share of revenue` or `Cohen's d`. */
  readonly effect: { readonly name: string; readonly value: number; readonly unit: string };
  /** 0 … 1. */
  readonly confidence: number;
  readonly action: {
    readonly text: string;
    /** In `currency` units, not cents; null where nothing is known. */
    readonly expectedValue: number | null;
    /** ISO 4217, or null. */
    readonly currency: string | null;
  };
}

/** A question that was asked and what came of it. Asked again it gives the same rows: else what rests on it is invalid. */
export interface Evidence {
  /** SQL over the organisation's tables, with `{name:Type}` for its parameters. */
  readonly query: string;
  readonly params: Readonly<Record<string, string>>;
  /** SHA-256 of the rows as JSON, hex. */
  readonly rowsHash: string;
  /** The figure it is quoted for, in words: `3 of 4 invoices paid late`. */
  readonly text: string;
}
