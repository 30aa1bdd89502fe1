import type { AgentCard, AgentReport, Cost, Evidence, SubTask } from '../core/agent.ts';
import type { Json, JsonObject } from '../core/json.ts';

/**
 * P An agent: whatever can do a sub-task, be it a local function, a model's loop, a tool of an MCP server, or a person.
 *
 * What may be relied on: `run` gives progress, any number of times, and one report at its end. It keeps nothing between two tasks. It
 * may be asked the same again, under the same key, after a crash: what it does to the outside under a key it does once. It ends
 * soon after the signal is aborted. The same task, data, board and seed give the same report.
 */
export interface Agent {
  readonly card: AgentCard;
  run(task: SubTask, tools: AgentTools): AsyncIterable<AgentSays>;
}

export type AgentSays =
  | { readonly says: 'progress'; /** 0 … 1. */ readonly done: number; readonly text: string }
  /** To another agent by name, to a step or a skill, or `*`: shown to those steps that have not begun. */
  | { readonly says: 'message'; readonly to: string; readonly text: string }
  /** Its last word: somebody else shall do it, best that one. Whoever was asked before is not asked again. */
  | { readonly says: 'hand-off'; readonly to: string | null; readonly why: string }
  | { readonly says: 'report'; readonly report: AgentReport };

/** What an agent is lent for one task. */
export interface AgentTools {
  readonly data: AgentData;
  readonly board: Board;
  readonly signal: AbortSignal;
  /** For whatever it does at random: 32 bits, unsigned. */
  readonly seed: number;
  /** What may be spent on this task. */
  readonly budget: Cost;
}

/** The organisation's data, read only. Rejects with a `QueryError` (`core/query.ts`), or `store-unavailable`. */
export interface AgentData {
  /** Rows as objects, numbers as numbers (64-bit integers too), times as text; at most 10,000 of them. */
  ask(query: string, params: Readonly<Record<string, string>>): Promise<Rows>;
}

export interface Rows {
  readonly rows: readonly JsonObject[];
  /** What a finding quotes of it. */
  evidence(text: string): Evidence;
}

/** What the agents of a run have in common: notes by name, each with a revision. */
export interface Board {
  get(name: string): Promise<{ readonly value: Json; readonly revision: number } | undefined>;
  /** Stores only while the note's revision is `expected` (0: there is none). The new revision, or `moved`. */
  put(name: string, value: Json, expected: number): Promise<{ kind: 'stored'; revision: number } | { kind: 'moved' }>;
}
