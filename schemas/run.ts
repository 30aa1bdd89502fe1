import { z } from 'zod';
import type { JsonObject } from '../src/core/json.ts';

/** Runs of agents, as they are told over HTTP. There they are called sessions. */

const time = z.iso.datetime();

export const sessionStatuses = [
  'waiting',
  'under-way',
  'completed',
  'undone',
  'failed',
  'cancelled',
  'refused',
] as const;

export const sessionPatterns = ['solo', 'pair', 'hierarchical', 'swarm'] as const;
export const sessionRisks = ['low', 'medium', 'high'] as const;

export const sessionSchema = z.object({
  id: z.string(),
  org: z.string(),
  entity: z.string().nullable().describe('Whom it is about; null: the organisation as a whole'),
  kind: z.string(),
  goal: z.string(),
  asOf: time.describe('Event time: what happened later does not count'),
  by: z.string().describe('`pipeline:<name>`, or the person'),
  alert: z.string().nullable().describe('The alert that caused it, which shows its result; null: none did'),
  status: z.enum(sessionStatuses),
  why: z.string().nullable().describe('How it came to its end; null before'),
  requestedAt: time,
  endedAt: time.nullable(),
});
export type Session = z.output<typeof sessionSchema>;

const evidence = z.object({
  query: z.string(),
  params: z.record(z.string(), z.string()),
  rowsHash: z.string().describe('SHA-256 of the rows as canonical JSON'),
  text: z.string(),
});

const finding = z.looseObject({
  id: z.string(),
  kind: z.enum(['opportunity', 'risk', 'optimisation']),
  entity: z.string(),
  subject: z.string().exactOptional().describe('What of it, where that has an id of its own: a deal, a payment'),
  title: z.string(),
  detail: z.string(),
  evidence: z.array(evidence).min(1),
  confidence: z.number(),
});

export const sessionResultSchema = z.looseObject({
  given: z.record(z.string(), z.unknown()).exactOptional().describe('Of a run of kind `open`, what came of it by name'),
  findings: z.array(finding).describe('The most telling first'),
  missing: z.array(z.looseObject({ step: z.string(), skill: z.string(), reason: z.string(), why: z.string() })),
  confidence: z
    .number()
    .describe('That of the first finding, times the share of the steps that did not fail; 0 where nothing was found'),
  summary: z.string().describe('What was found, then what there is no answer on'),
  prose: z
    .object({ text: z.string(), provider: z.string().describe('Of the model') })
    .nullable()
    .exactOptional()
    .describe('What a model says of the findings, where one is configured; null where none keeps to them'),
});

export const sessionStepSchema = z.object({
  id: z.string(),
  skill: z.string(),
  goal: z.string(),
  needs: z.array(z.string()),
  status: z.enum(['waiting', 'under-way', 'stuck', 'with-person', 'finished', 'degraded', 'skipped', 'given-up']),
  agent: z.string().nullable().describe('Who was asked last; `run`: a run of its own'),
  child: z.string().nullable().describe('That run'),
  attempts: z.int(),
  startedAt: time.nullable().describe('When its first attempt began, or was scheduled'),
  endedAt: time.nullable(),
  findings: z.int().describe('How many it reported'),
  abstained: z
    .string()
    .nullable()
    .describe('What it had too little of; null where it found, or looked and found nothing'),
  why: z.string().nullable().describe('Why it was skipped, given up or answered in a lesser way'),
  approval: z
    .object({
      argumentsHash: z.string().describe('What is approved, and nothing else: give it back'),
      arguments: z.looseObject({}),
      grants: z.array(z.string()).describe('Who granted it'),
      denials: z.array(z.string()),
    })
    .nullable()
    .describe('Null where none was asked for'),
});

export const sessionMessageSchema = z.object({
  id: z.string(),
  at: time,
  from: z.string().describe('An agent, or `person:<name>`'),
  to: z.string().describe('An agent, a step, a skill, or `*`'),
  text: z.string(),
});
export type SessionMessage = z.output<typeof sessionMessageSchema>;

export const sessionAskedSchema = z.object({
  step: z.string().describe('A step, or `undo/<step>`: to take it back'),
  why: z.string().describe('Why nobody else could do it'),
  arguments: z.looseObject({}).describe('What is to be done'),
  askedAt: time,
  until: time.describe('Then it counts as failed'),
  answer: z.object({ by: z.string(), done: z.boolean(), why: z.string() }).nullable(),
});

const cost = z
  .object({ money: z.number(), tokens: z.number(), calls: z.number(), agentSeconds: z.number() })
  .describe('US dollars, tokens, calls of models, seconds of agents');

export const sessionDetailSchema = z.object({
  session: sessionSchema,
  strategy: z.string().nullable(),
  pattern: z.enum(sessionPatterns).nullable().describe('What the plan looks like; null before there is one'),
  parent: z.string().nullable().describe('The run it is a part of; null: of none'),
  wanted: z.array(z.string()).exactOptional().describe('Of a run of kind `open`: names that shall come of it'),
  budget: z
    .object({ limit: cost, spent: cost.describe('Reserved at the worst case until it is known') })
    .nullable()
    .describe('Null before there is a plan'),
  steps: z.array(sessionStepSchema),
  people: z.array(sessionAskedSchema).describe('What people are asked to take over'),
  messages: z.array(sessionMessageSchema).describe('Between agents, and from people to them'),
  context: z
    .looseObject({})
    .nullable()
    .describe(
      'What its agents get to see: what set it off, and what was known, as of its time; null before it has begun',
    ),
  result: sessionResultSchema.nullable(),
});
export type SessionDetail = z.output<typeof sessionDetailSchema>;

export const sessionEventSchema = z.object({
  id: z.int().min(1).describe('Which of the session’s events it is: 1, 2, …'),
  at: time,
  fact: z.string().describe('What happened, as the run records it: `step-finished`, `approval-requested`, …'),
  step: z.string().nullable(),
  attempt: z.int().nullable(),
  by: z.string().nullable().describe('The agent or the person'),
  text: z.string().describe('In words'),
});
export type SessionEvent = z.output<typeof sessionEventSchema>;

export const sessionEventsSchema = z.object({
  events: z.array(sessionEventSchema),
  ended: z.boolean().describe('The run has ended, and these are its last'),
});
export type SessionEvents = z.output<typeof sessionEventsSchema>;

export const sessionReplaySchema = z.object({
  same: z.boolean(),
  entries: z.int().describe('Records of the run that were folded again'),
  decisions: z.int().describe('Of them those that hold what was decided, and were decided again'),
  differences: z
    .array(z.object({ entry: z.int(), recorded: z.array(z.string()), decided: z.array(z.string()) }))
    .describe('Where something else was decided: what stands there, and what came out. Twenty at most'),
  stateHash: z.string().describe('Of the state that comes out'),
});
export type SessionReplay = z.output<typeof sessionReplaySchema>;

/** The kind of run there is no template for: its steps are found backwards from what is `wanted`, or somebody proposes them. */
export const openKind = 'open';

/** What a person asks for. */
export interface SessionRequest {
  readonly org: string;
  readonly by: string;
  readonly kind: string;
  readonly goal: string;
  readonly entity: string | null;
  /** RFC 3339; absent: now. */
  readonly asOf?: string;
  /** Of a run of kind `open`: names that shall come of it. */
  readonly wanted?: readonly string[];
  /** What its agents are given, by name. */
  readonly input?: JsonObject;
  /** What its steps may cost together, where that is not as usual. */
  readonly budget?: { readonly money?: number; readonly tokens?: number; readonly calls?: number };
  /** Asked again under the same key, it is the same run. */
  readonly key?: string;
  readonly pattern?: (typeof sessionPatterns)[number];
  readonly risk?: (typeof sessionRisks)[number];
}

export interface ApprovalAnswer {
  readonly org: string;
  readonly by: string;
  readonly step: string;
  readonly argumentsHash: string;
  readonly decision: 'grant' | 'deny';
  readonly why: string;
}

export interface SessionFilter {
  readonly org: string;
  readonly status?: readonly Session['status'][];
  readonly entity?: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
}
