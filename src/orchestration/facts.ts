import { z } from 'zod';
import { faultKinds } from './breaker.ts';
import { cost, count, object, planSchema, reportSchema, requestSchema, taskSchema, text } from './carried.ts';
import { outcomes, strategyNames } from './run.ts';

/** A step as facts name it: the plan's id, or `undo/<id>` for taking it back. */
const step = { step: text };
const attempt = { ...step, attempt: z.int().min(1) };
/** `waitedMs`: of a run under the run, so long it waited for people in that time. */
const ending = { ...attempt, worker: text, tookMs: count, spent: cost, waitedMs: count.exactOptional() };

/** The answer of another task that asked the same. */
const reused = z.object({ of: text, how: z.enum(['shared', 'kept']), savedMs: count });

const factSchema = z.discriminatedUnion('fact', [
  z.object({ fact: z.literal('requested'), request: requestSchema }),
  z.object({ fact: z.literal('admitted') }),
  z.object({ fact: z.literal('context-attached'), context: object, missing: text.nullable() }),
  z.object({ fact: z.literal('plan-decided'), plan: planSchema }),
  z.object({ fact: z.literal('adapted'), number: z.int(), strategy: z.enum(strategyNames), why: text }),
  z.object({ fact: z.literal('approval-requested'), ...step, task: taskSchema, argumentsHash: text }),
  z.object({ fact: z.literal('approval-granted'), ...step, argumentsHash: text, by: text, why: text }),
  z.object({ fact: z.literal('approval-denied'), ...step, argumentsHash: text, by: text, why: text }),
  z.object({
    fact: z.literal('step-scheduled'),
    ...attempt,
    agent: text,
    agentVersion: z.number(),
    why: object,
    seed: z.int(),
    reserve: cost,
    argumentsHash: text,
    delayMs: count,
    timeoutMs: count,
    /** The run that does it; absent: the agent does. */
    child: text.exactOptional(),
  }),
  z.object({ fact: z.literal('step-unassigned'), ...step, number: z.int() }),
  z.object({ fact: z.literal('step-started'), ...attempt, worker: text }),
  /** Whoever had it was not heard of any more, or stopped: somebody else took it up. The `deliveries`-th time it was handed out. */
  z.object({ fact: z.literal('step-reassigned'), ...attempt, worker: text, deliveries: z.int().min(2) }),
  z.object({ fact: z.literal('step-finished'), ...ending, report: reportSchema, reused: reused.exactOptional() }),
  z.object({
    fact: z.literal('step-failed'),
    ...ending,
    fault: z.enum(faultKinds),
    detail: text,
    retryAfterMs: count.nullable(),
    /** Of a run under the run: people were asked below, in vain. Nobody is asked once more. */
    askedPeople: z.literal(true).exactOptional(),
    /** Whether it hands the step to another, rather than fails; absent where an earlier weir wrote it, or a conductor. */
    handOff: z.boolean().exactOptional(),
    /** The agent that it hands the step to. */
    to: text.exactOptional(),
  }),
  z.object({ fact: z.literal('step-gathered'), ...step, output: object, from: z.array(text), why: text }),
  z.object({ fact: z.literal('step-degraded'), ...step, output: object, why: text }),
  z.object({ fact: z.literal('step-skipped'), ...step, why: text }),
  z.object({ fact: z.literal('step-given-up'), ...step, why: text }),
  z.object({ fact: z.literal('handed-over'), ...step, why: text }),
  /** There is no money for its next attempt today. */
  z.object({ fact: z.literal('budget-refused'), ...step, why: text }),
  z.object({ fact: z.literal('person-asked'), ...step, task: taskSchema, why: text }),
  z.object({ fact: z.literal('person-answered'), ...step, done: z.boolean(), by: text, why: text, output: object }),
  z.object({ fact: z.literal('message-sent'), id: text, from: text, to: text, text }),
  z.object({ fact: z.literal('cancel-requested'), by: text, why: text }),
  z.object({ fact: z.literal('compensating'), why: text, steps: z.array(text) }),
  z.object({ fact: z.literal('timer'), name: text }),
  z.object({ fact: z.literal('result-synthesised'), result: object }),
  z.object({ fact: z.literal('run-ended'), outcome: z.enum(outcomes), why: text }),
]);

export type Fact = z.infer<typeof factSchema>;
export type FactOf<Kind extends Fact['fact']> = Extract<Fact, { fact: Kind }>;

/** One message of a run's subject: facts that hold from one moment on. `at` in ms since 1970. */
const entrySchema = z.object({ v: z.literal(2), at: z.number(), facts: z.array(factSchema).min(1).max(1_000) });
export type Entry = z.infer<typeof entrySchema>;
const versionSchema = z.object({ v: z.int().min(1) });

/** From a version to the next: entry 0 makes version 2 of what was written as version 1. Whoever changes a fact adds one. */
const upcasters: readonly ((older: unknown) => unknown)[] = [
  // 2 added conditions, gathering and runs under runs to plans. Whoever knows 1 alone must not go on with such a run.
  (older) => ({ ...z.looseObject({}).parse(older), v: 2 }),
];

export const encodeEntry = (at: number, facts: readonly Fact[]): Uint8Array =>
  Buffer.from(JSON.stringify({ v: upcasters.length + 1, at, facts }));

/** Written by a weir that is newer than this one, which sees to it. */
export class NewerEntry extends Error {
  override readonly name = 'NewerEntry';
}

/** Throws for bytes that are no entry: nobody but weir writes to RUNS, so that is a fault, not an input; `NewerEntry` where a newer one wrote it. */
export function decodeEntry(data: Uint8Array): Entry {
  const json: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
  const { v } = versionSchema.parse(json);
  if (v > upcasters.length + 1)
    throw new NewerEntry(`It is of version ${v}, and this weir knows ${upcasters.length + 1}.`);
  return entrySchema.parse(upcasters.slice(v - 1).reduce((older, upcast) => upcast(older), json));
}

/** For whoever only looks: what is no entry is passed over. The conductor tells of it, and the archive keeps it as a dead letter. */
export function readEntry(data: Uint8Array): Entry | undefined {
  try {
    return decodeEntry(data);
  } catch {
    return undefined;
  }
}

/** Whether an entry may hold such a fact, by its bytes: where it does not, it need not be parsed. (Within a text the quotes would be escaped.) */
export const mayHold = (data: Uint8Array, fact: Fact['fact']): boolean =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).includes(`"fact":"${fact}"`);

/** What makes a fact this one and no other: of several with one key the first in the log counts. */
export function keyOf(fact: Fact): string {
  switch (fact.fact) {
    case 'step-scheduled':
    case 'step-started':
    case 'step-failed':
      return `${fact.fact} ${fact.step} ${fact.attempt}`;
    // Whichever attempt it was: the step is done.
    case 'step-finished':
    case 'step-gathered':
    case 'step-degraded':
    case 'step-skipped':
    case 'step-given-up':
    case 'handed-over':
    case 'budget-refused':
    case 'person-asked':
    case 'person-answered':
    case 'approval-requested':
    case 'approval-denied':
      return `${fact.fact} ${fact.step}`;
    case 'approval-granted':
      return `${fact.fact} ${fact.step} ${fact.by}`;
    case 'step-reassigned':
      return `${fact.fact} ${fact.step} ${fact.attempt} ${fact.deliveries}`;
    case 'message-sent':
      return `${fact.fact} ${fact.id}`;
    case 'step-unassigned':
      return `${fact.fact} ${fact.step} ${fact.number}`;
    case 'adapted':
      return `${fact.fact} ${fact.number}`;
    case 'timer':
      return `${fact.fact} ${fact.name}`;
    case 'requested':
    case 'admitted':
    case 'context-attached':
    case 'plan-decided':
    case 'cancel-requested':
    case 'compensating':
    case 'result-synthesised':
    case 'run-ended':
      break;
  }
  return fact.fact;
}
