import { z } from 'zod';
import {
  alertKinds,
  alertStatuses,
  severities,
  transitionKinds,
  type Alert,
  type AlertTransition,
} from '../src/core/alert.ts';
import { namePattern } from '../src/core/event.ts';

const time = z.iso.datetime();

const evidenceSchema = z.object({
  text: z.string().describe('What was seen, in a sentence'),
  eventIds: z.array(z.string()).describe('The events behind it'),
  scores: z.array(z.object({ name: z.string(), value: z.number() })),
});

const runSchema = z.object({
  id: z.string().describe('The session: /api/v1/orchestration/sessions/{id}'),
  kind: z.string(),
  outcome: z.string().describe('completed, undone, failed, cancelled or refused'),
  endedAt: time,
  summary: z.string().describe('The result in sentences; where there is none, why it ended'),
  confidence: z.number().nullable().describe('0 to 1; null where there is no result'),
  findings: z
    .array(z.object({ kind: z.string(), title: z.string(), confidence: z.number(), action: z.string() }))
    .describe('The most telling first, three at most; the session has them all'),
});

/** An alert as people and programs outside see it. */
export const alertSchema: z.ZodType<Alert> = z
  .object({
    id: z.string().describe('The same for every episode: a hash of organisation, pipeline, rule and fingerprint'),
    org: z.string().regex(namePattern),
    entity: z.string().describe('Whom it is about, such as account:brightloom'),
    pipeline: z.string(),
    pipelineVersion: z.int(),
    rule: z.string(),
    fingerprint: z.string().describe('What makes it this alert and no other, within pipeline and rule'),
    kind: z.enum(alertKinds),
    severity: z.enum(severities),
    title: z.string(),
    evidence: z.array(evidenceSchema),
    recommendedActions: z.array(z.string()),
    roles: z.array(z.string()).describe('Who should know'),
    sources: z.array(z.string()).describe('Where the events behind it came from'),
    status: z.enum(alertStatuses),
    version: z.int().min(1).describe('1 for the first transition ever; grows by one with each, across episodes'),
    episode: z.int().min(1).describe('Grows by one each time it opens again after it was resolved'),
    count: z.int().min(0).describe('How often it was seen in this episode'),
    openedAt: time,
    lastSeenAt: time,
    acknowledgedAt: time.nullable(),
    resolvedAt: time.nullable(),
    lastPosition: z.int().describe('Which record of the log was applied last'),
    lastOrdinal: z.int().describe('Which of the observations that record caused'),
    runs: z
      .array(runSchema)
      .exactOptional()
      .describe('Runs of agents that looked into this episode and have ended, the newest of them last'),
  })
  .meta({ title: 'Alert' });

const transitionShape = {
  transition: z.enum(transitionKinds),
  by: z.string().describe('pipeline:<name>, who commanded it, or agents'),
  why: z.string(),
  at: time.describe("Event time for a pipeline's, the command's time for a person's, the run's end for the agents'"),
  cause: z.string().describe('Id of the event, command or run'),
  receivedAt: time.describe('When the cause came through the door'),
  alert: alertSchema,
};

/** One message of ALERTS, and what a subscriber is told: what happened, who, when, why, and the whole alert after it. */
export const alertTransitionSchema: z.ZodType<AlertTransition> = z
  .object(transitionShape)
  .meta({ title: 'Transition of an alert' });

/** As it stands on the log. The bytes go to subscribers unchanged, so an alert is serialised once in its life. */
export const encodeTransition = (transition: AlertTransition): Uint8Array => Buffer.from(JSON.stringify(transition));

/** Throws for bytes that are no transition: nobody but weir writes to ALERTS, so that is a fault, not an input. */
export const decodeTransition = (data: Uint8Array): AlertTransition =>
  alertTransitionSchema.parse(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')));
