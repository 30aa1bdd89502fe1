import { z } from 'zod';
import { remembered } from '../core/remembered.ts';
import { taskSchema } from './carried.ts';
import { factOf, sequenceOf } from './fold.ts';
import type { PlanStep, Run } from './run.ts';
import { argumentsHash, attemptsOf, planOf, taskOf, undoOf, undoTaskOf, viewOf, type Attempt } from './steps.ts';
import { isCalledOff } from './stop.ts';

const cost = z.object({ money: z.number(), tokens: z.number(), calls: z.number(), agentSeconds: z.number() });

const workSchema = z.object({
  run: z.string(),
  /** The plan's id, or `undo/<id>`. */
  step: z.string(),
  attempt: z.int().min(1),
  /** Where in RUNS it was scheduled. */
  sequence: z.int().min(1),
  agent: z.string(),
  seed: z.number(),
  /** What may be spent on it. */
  reserve: cost,
  timeoutMs: z.number(),
  argumentsHash: z.string(),
  task: taskSchema,
});

/** One attempt at a step, with all that a worker needs: an item of the queue. */
export type Work = z.infer<typeof workSchema>;

export const encodeWork = (work: Work): Uint8Array => Buffer.from(JSON.stringify(workSchema.parse(work)));

/** Undefined for bytes that are no item: nobody but weir adds to WORK, so no further try would read them. */
export function readWork(data: Uint8Array): Work | undefined {
  try {
    return workSchema.parse(JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** An attempt a run waits for. */
interface Wanted extends Work {
  /** In the queue. */
  readonly id: string;
  /** Ms since 1970. */
  readonly dueAt: number;
}

/** The attempts a run waits for. */
export const workOf = remembered((run: Run): readonly Wanted[] => {
  if (factOf(run, 'run-ended')) return [];
  return (planOf(run)?.steps ?? []).flatMap((step) => {
    const view = viewOf(run, step);
    const undo = undoOf(step.id);
    const isUndoOver = factOf(run, 'step-finished', undo) ?? factOf(run, 'handed-over', undo);
    return [
      ...(view.status === 'under-way' && !isCalledOff(run, view) ? pending(run, step, step.id) : []),
      ...(isUndoOver ? [] : pending(run, step, undo)),
    ];
  });
});

function pending(run: Run, step: PlanStep, name: string): readonly Wanted[] {
  const last: Attempt | undefined = attemptsOf(run, name).at(-1);
  if (!last || last.fault !== undefined || last.scheduled.fact.child !== undefined) return [];
  const task = name === step.id ? taskOf(run, step) : undoTaskOf(run, step);
  const { agent, seed, reserve, timeoutMs, argumentsHash: approved, delayMs } = last.scheduled.fact;
  const id = factOf(run, 'requested')?.fact.request.id;
  // What was scheduled, and approved, is what is done, and nothing else.
  if (!task || id === undefined || argumentsHash(task) !== approved) return [];
  const { number: attempt, scheduled } = last;
  const sequence = sequenceOf(scheduled);
  const work = {
    run: id,
    step: name,
    attempt,
    sequence,
    agent,
    seed,
    reserve,
    timeoutMs,
    argumentsHash: approved,
    task,
  };
  return [{ ...work, id: `${task.key}/${attempt}`, dueAt: last.scheduled.at + delayMs }];
}
