import { z } from 'zod';
import type { AgentReport, SubTask } from '../core/agent.ts';
import type { JsonObject } from '../core/json.ts';
import type { ConflictRule } from '../core/conflicts.ts';
import { risks } from './policy.ts';
import { patterns, strategyNames, type Plan, type RunRequest } from './run.ts';

/** What facts carry: requests, plans, tasks and reports, as they stand in the log. */

export const count = z.number().min(0);
export const text = z.string();
export const object: z.ZodType<JsonObject> = z.record(z.string(), z.json());

export const cost = z.object({ money: count, tokens: count, calls: count, agentSeconds: count });

export const requestSchema: z.ZodType<RunRequest> = z.object({
  id: text,
  org: text,
  entity: text.nullable(),
  kind: text,
  goal: text,
  asOf: z.iso.datetime(),
  context: object,
  by: text,
  settleMs: count,
  alert: text.exactOptional(),
  parent: z.object({ run: text, depth: count, first: z.object({ by: text, kind: text }).exactOptional() }).nullable(),
  limits: z.object({
    runMs: count,
    attemptsPerAgent: z.int().min(1),
    retries: z.int().min(0),
    undoAttempts: z.int().min(1),
    unassigned: z.int().min(0),
    backoffMs: count,
    backoffMaxMs: count,
    personMs: count.exactOptional(),
  }),
  wanted: z.array(text).exactOptional(),
  pattern: z.enum(patterns).exactOptional(),
  risk: z.enum(risks).exactOptional(),
  budget: cost.exactOptional(),
});

/** Steps a plan may have. */
export const stepsMax = 64;

const conflictRule: z.ZodType<ConflictRule> = z.literal([
  'first-stands',
  'surer-stands',
  'better-evidenced-stands',
  'most-stand',
]);

const gather = z.object({
  of: z.array(text).min(1),
  how: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('last'), verdictsOf: z.array(text) }),
    z.object({ kind: z.literal('quorum'), agreement: z.number().min(0).max(1), conflict: conflictRule }),
  ]),
});

export const planSchema: z.ZodType<Plan> = z.object({
  template: text,
  version: z.int(),
  strategy: z.enum(strategyNames),
  parallel: z.int().min(1),
  budget: cost,
  steps: z
    .array(
      z.object({
        id: z.string().regex(/^[A-Za-z0-9_-]{1,63}$/),
        skill: text,
        goal: text,
        needs: z.array(text),
        input: object,
        timeoutMs: z.number().min(1),
        expectedMs: count.exactOptional(),
        undo: text.exactOptional(),
        approval: z
          .object({ fourEyes: z.boolean(), expiresMs: count, otherwise: z.enum(['skip', 'fail']) })
          .exactOptional(),
        degraded: object.exactOptional(),
        optional: z.boolean().exactOptional(),
        when: z.object({ step: text, name: text, is: z.json() }).exactOptional(),
        notBy: z.array(text).exactOptional(),
        shows: z.array(text).exactOptional(),
        gather: gather.exactOptional(),
        child: z.object({ depth: z.int().min(1) }).exactOptional(),
      }),
    )
    .max(stepsMax),
  pattern: z.object({ name: z.enum(patterns), why: object }).exactOptional(),
  conflict: conflictRule.exactOptional(),
});

const insight = z.object({
  kind: z.enum(['opportunity', 'risk', 'optimisation']),
  entity: text,
  subject: text.exactOptional(),
  title: text,
  detail: text,
  evidence: z
    .array(z.object({ query: text, params: z.record(z.string(), z.string()), rowsHash: text, text }))
    .min(1)
    .max(100),
  effect: z.object({ name: text, value: z.number(), unit: text }),
  confidence: z.number().min(0).max(1),
  action: z.object({ text, expectedValue: z.number().nullable(), currency: text.nullable() }),
});

export const insightsSchema = z.array(insight).max(100);

/** What an agent may say at its end; anything else counts as `invalid`. */
export const reportSchema: z.ZodType<AgentReport> = z.object({
  insights: insightsSchema,
  abstained: text.nullable(),
  output: object,
  degraded: z.boolean(),
  spent: cost.exactOptional(),
});

export const taskSchema: z.ZodType<SubTask> = z.object({
  key: text,
  org: text,
  entity: text.nullable(),
  skill: text,
  goal: text,
  asOf: text,
  input: object,
});
