import { z } from 'zod';

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
  title: z.string(),
  detail: z.string(),
  evidence: z.array(evidence).min(1),
  confidence: z.number(),
});

export const sessionResultSchema = z.looseObject({
  findings: z.array(finding).describe('The most telling first'),
  missing: z.array(z.looseObject({ step: z.string(), skill: z.string(), reason: z.string(), why: z.string() })),
  confidence: z.number(),
  summary: z.string(),
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

export const sessionDetailSchema = z.object({
  session: sessionSchema,
  strategy: z.string().nullable(),
  pattern: z.enum(sessionPatterns).nullable().describe('What the plan looks like; null before there is one'),
  parent: z.string().nullable().describe('The run it is a part of; null: of none'),
  steps: z.array(sessionStepSchema),
  people: z.array(sessionAskedSchema).describe('What people are asked to take over'),
  messages: z.array(sessionMessageSchema).describe('Between agents, and from people to them'),
  result: sessionResultSchema.nullable(),
});
export type SessionDetail = z.output<typeof sessionDetailSchema>;
