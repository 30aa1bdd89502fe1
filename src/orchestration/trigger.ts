import { z } from 'zod';
import { runOfTask, type TaskRequest } from '../core/commit.ts';
import type { Config } from '../config/schema.ts';
import { agentsOwnNames } from '../core/agent.ts';
import { durationMs } from '../core/duration.ts';
import { idOf } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { requestSchema } from './carried.ts';
import type { RunLimits, RunRequest } from './run.ts';

/** When tasks of a rule start a run. */
export interface TriggerRule {
  /** A run waits so long for what belongs to the same before it looks: the debounce, ms. */
  readonly settleMs: number;
  /** After a task started a run, no other of its key does for so long, event time, ms. */
  readonly cooldownMs: number;
  /** Runs of one organisation, rule and day (UTC, event time). */
  readonly perDay: number;
}

/** What a rule of an organisation remembers: bounded, and stored whole with each start. */
const stateSchema = z.object({
  v: z.literal(1),
  /** By hash of the key, when the task that started its last run happened; event time, ms since 1970. */
  keys: z.record(z.string(), z.number()),
  /** Runs started by day. */
  days: z.record(z.string(), z.number()),
  /** What the newest message started: a run is there once its own subject says so. */
  started: z.array(requestSchema),
});
export type TriggerState = z.infer<typeof stateSchema>;

export const noTrigger: TriggerState = { v: 1, keys: {}, days: {}, started: [] };

export const encodeTrigger = (state: TriggerState): Uint8Array => Buffer.from(JSON.stringify(state));

/** Throws for bytes that are none: nobody but weir writes there. */
export const decodeTrigger = (data: Uint8Array): TriggerState =>
  stateSchema.parse(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')));

/** What is set for the tasks of a rule; what is not set for it alone is as for all. */
export function triggerOf({ triggers, ...all }: Config['runs'], rule: string): TriggerRule {
  const own = Object.hasOwn(triggers, rule) ? triggers[rule] : undefined;
  const { settle = all.settle, cooldown = all.cooldown, perDay = all.perDay } = own ?? {};
  return { settleMs: durationMs(settle), cooldownMs: durationMs(cooldown), perDay };
}

/** `started`; `cooling`: one of its key did not long ago, or later; `capped`: the day has had its runs. */
export type TriggerVerdict = 'started' | 'cooling' | 'capped';

/** Keys and days remembered; the oldest go first. */
const keysMax = 2_000;
const daysMax = 8;

/**
 * What one task does to its rule. Goes by event time and the task's own id alone, so that tasks which come again, in their order, are
 * decided as they were: the same starts, under the same ids.
 */
export function triggered(
  state: TriggerState,
  task: TaskRequest,
  rule: TriggerRule,
  limits: RunLimits,
): { readonly state: TriggerState; readonly verdict: TriggerVerdict } {
  const key = idOf(task.key ?? task.entity);
  const time = Date.parse(task.time);
  const last = state.keys[key];
  if (last !== undefined && time < last + rule.cooldownMs) return { state, verdict: 'cooling' };
  const day = dayOf(state.days, task.time.slice(0, 10));
  const today = state.days[day] ?? 0;
  if (today >= rule.perDay) return { state, verdict: 'capped' };

  const keys = newest({ ...state.keys, [key]: time }, keysMax, (_, at) => at);
  const days = newest({ ...state.days, [day]: today + 1 }, daysMax, (day) => Date.parse(day));
  return {
    state: { v: 1, keys, days, started: [...state.started, requestOf(task, rule, limits)] },
    verdict: 'started',
  };
}

/** A day older than all that are remembered counts as the oldest of them, or it would be forgotten as soon as it is counted. */
function dayOf(days: TriggerState['days'], day: string): string {
  const known = Object.keys(days).toSorted();
  const [oldest = day] = known;
  return known.length >= daysMax && day < oldest ? oldest : day;
}

function requestOf(task: TaskRequest, { settleMs }: TriggerRule, limits: RunLimits): RunRequest {
  const { org, entity, goal, context, pipeline, rule, time, alert } = task;
  return {
    id: runOfTask(task),
    org,
    entity,
    kind: rule,
    goal,
    asOf: time,
    context: withoutNamesOfAgents(context),
    by: `pipeline:${pipeline}`,
    settleMs,
    ...(alert !== undefined && { alert }),
    parent: null,
    limits,
  };
}

/** It is made of events, which say whatever whoever sends them wants. */
const withoutNamesOfAgents = (context: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(context).filter(([name]) => !agentsOwnNames.has(name)));

function newest(
  all: Readonly<Record<string, number>>,
  most: number,
  ageOf: (name: string, value: number) => number,
): Record<string, number> {
  const entries = Object.entries(all);
  if (entries.length <= most) return { ...all };
  return Object.fromEntries(entries.toSorted((a, b) => ageOf(...b) - ageOf(...a)).slice(0, most));
}
