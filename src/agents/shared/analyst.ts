import type { AgentCard, AgentInsight, AgentReport, Skill, SubTask } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Agent, AgentSays, AgentTools, Rows } from '../../orchestration/agent.ts';

/** What a capability is lent: the task, and a way to ask. */
export interface Analysis {
  readonly task: SubTask;
  readonly tools: AgentTools;
  /** Asks with `{asOf:String}` and `{entity:String}` (`''` for the whole organisation) among the parameters. */
  ask(query: string, params?: Readonly<Record<string, string>>): Promise<Rows>;
}

export type Found =
  | {
      readonly kind: 'found';
      /** The most important first; at most `insightsMax` are reported. None: it was looked, and nothing was found. */
      readonly insights: readonly AgentInsight[];
      readonly output?: JsonObject;
    }
  /** There was too little to go by; `missing` says what. */
  | { readonly kind: 'abstained'; readonly missing: string };

export type Capability = (analysis: Analysis) => Promise<Found>;

export interface Analyst {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly skills: Readonly<Record<string, AnalystSkill>>;
}

export interface AnalystSkill
  extends Pick<Skill, 'description' | 'output'>, Partial<Omit<Skill, 'id' | 'description' | 'output'>> {
  readonly find: Capability;
}

/** Reports stay readable: what comes after the first this many is left out. */
export const insightsMax = 5;

/**
 * An agent whose skills ask ClickHouse and say what they found: a function of the data as of the task's time, with no memory and
 * no effect. Throws a RangeError for a skill it does not have.
 */
export function createAnalyst({ skills, ...about }: Analyst): Agent {
  const card: AgentCard = {
    ...about,
    skills: Object.entries(skills).map(([id, { find: _, ...skill }]) => ({ ...usual, id, ...skill })),
    limits: { concurrent: 2, timeoutMs: 60_000 },
  };
  return {
    card,
    async *run(task, tools): AsyncGenerator<AgentSays> {
      const skill = skills[task.skill];
      if (!skill) throw new RangeError(`${about.name} has no skill ${task.skill}`);
      yield { says: 'progress', done: 0, text: `asks about ${task.entity ?? 'the organisation'}` };
      yield { says: 'report', report: reportOf(await skill.find(analysisOf(task, tools))) };
    },
  };
}

/** How long an answer holds that rests on weeks and looks for no single cause. */
export const anHourMs = 3_600_000;

const usual = {
  input: [],
  cost: { money: 0, tokens: 0, calls: 0, agentSeconds: 10 },
  sideEffects: 'none',
} as const satisfies Partial<Skill>;

function analysisOf(task: SubTask, tools: AgentTools): Analysis {
  const of = { asOf: task.asOf, entity: task.entity ?? '' };
  return {
    task,
    tools,
    ask(query, params = {}) {
      tools.signal.throwIfAborted();
      const all = { ...of, ...params };
      // Only those it names: evidence says what it depends on, and nothing else.
      const named = Object.entries(all).filter(([name]) => query.includes(`{${name}:`));
      return tools.data.ask(query, Object.fromEntries(named));
    },
  };
}

function reportOf(found: Found): AgentReport {
  if (found.kind === 'abstained') return { insights: [], abstained: found.missing, output: {}, degraded: false };
  const insights = found.insights.slice(0, insightsMax);
  return { insights, abstained: null, output: found.output ?? {}, degraded: false };
}

export const abstain = (missing: string): Found => ({ kind: 'abstained', missing });

export const found = (insights: readonly AgentInsight[], output: JsonObject = {}): Found => ({
  kind: 'found',
  insights,
  output,
});

/** By what acting on it is expected to be worth, times how sure it is; where nothing is known of that, by confidence. */
export function ranked(insights: readonly AgentInsight[]): readonly AgentInsight[] {
  const weight = ({ action, confidence }: AgentInsight): number => Math.abs(action.expectedValue ?? 0) * confidence;
  return insights.toSorted((a, b) => weight(b) - weight(a) || b.confidence - a.confidence);
}
