import { z } from 'zod';

/** Agents and how one is chosen, as they are told over HTTP. */

const cost = z.object({
  money: z.number().min(0).describe('US dollars'),
  tokens: z.number().min(0),
  calls: z.number().min(0),
  agentSeconds: z.number().min(0),
});

const time = z.iso.datetime();

const skill = z.object({
  id: z.string(),
  description: z.string(),
  input: z.array(z.string()).describe('What it has to be given, by name'),
  output: z.array(z.string()).describe('What it gives, by name'),
  cost: cost.describe('What one task may cost at most'),
  sideEffects: z.enum(['none', 'reversible', 'irreversible']),
  undo: z.string().exactOptional(),
  known: z
    .object({ tasks: z.number(), successRate: z.number().nullable(), latencyMs: z.number().nullable() })
    .describe('Of recent tasks of this organisation, older ones for less; null where there were none'),
});

export const agentSchema = z.object({
  name: z.string(),
  version: z.int(),
  description: z.string(),
  skills: z.array(skill),
  limits: z.object({ concurrent: z.int(), timeoutMs: z.number() }),
  state: z
    .enum(['ready', 'resting', 'trying', 'cooling', 'gone'])
    .describe(
      '`resting`: it failed too often, and is not asked; `trying`: it is tried beside runs, and gets one task where nobody else can; `cooling`: asked too often; `gone`: no worker with it gives a sign of life',
    ),
  faultsInARow: z.int(),
  underWay: z.int().describe('Tasks of this organisation'),
  heardAt: time.nullable().describe('When a worker with it was last heard of'),
});
export type AgentState = z.output<typeof agentSchema>;

export const workerSchema = z.object({ worker: z.string(), heardAt: time, agents: z.int() });

export const providerSchema = z.object({
  name: z.string(),
  tasks: z.array(
    z.object({
      task: z.string().describe('`phrase`, `rank` or `plan`'),
      calls: z.number().describe('Recent ones of runs of this organisation, older ones for less'),
      successRate: z.number().describe('0 … 1: with an answer that could be used'),
      latencyMs: z.number().describe('Of one call'),
      money: z.number().describe('US dollars a call'),
    }),
  ),
});

export const selectionRequestSchema = z.strictObject({
  skill: z.string().min(1).max(200),
  input: z.array(z.string().max(200)).max(200).default([]).describe('Names of what can be given'),
  output: z.array(z.string().max(200)).max(200).default([]).describe('Names of what must come of it'),
  excluded: z.array(z.string().max(200)).max(200).default([]).describe('Agents that shall not do it'),
  budget: cost.exactOptional().describe('What may be spent. Absent: without bound'),
  risk: z
    .enum(['low', 'medium', 'high'])
    .default('low')
    .describe('What may be broken: the higher, the more proven success counts, and the less cost, latency and load'),
  seed: z.int().min(0).max(0xffff_ffff).default(1).describe('The same seed, asked of the same state, gives the same'),
});

const reason = z.object({
  kind: z.enum(['out', 'term']),
  name: z.string(),
  value: z.number().exactOptional().describe('0 … 1'),
  weight: z.number().exactOptional().describe('Negative where more is worse'),
  text: z.string(),
});

export const selectionSchema = z.object({
  chosen: z.string().nullable().describe('Null where nobody is left: the reasons say why'),
  seed: z.int(),
  at: time,
  learnt: z.object({ version: z.int(), pinned: z.boolean() }).describe('What decided: see the model agent_selection'),
  ranking: z.array(
    z.object({
      agent: z.string(),
      version: z.int(),
      score: z.number().nullable().describe('The sum of weight · value of its terms; null for who is out'),
      reasons: z.array(reason),
    }),
  ),
});

export const suggestionsSchema = z.object({
  runs: z.int().describe('Past runs that were looked at'),
  suggestions: z.array(
    z.object({
      kind: z.string(),
      sequence: z.array(z.string()).describe('Skills in this order, others between them or not'),
      runs: z.int().describe('Runs that had it'),
      succeeded: z.int().describe('Of these, those that went well: completed, with a finding'),
      otherwise: z.number().describe('0 … 1: how often runs of the kind without it went well'),
      atLeast: z.number().describe('0 … 1: how often those with it do, at the least (95 %)'),
    }),
  ),
});
