import type { Cost, SubTask } from '../core/agent.ts';
import { canonical } from '../core/canonical.ts';
import { idOf } from '../core/ids.ts';
import { remembered } from '../core/remembered.ts';
import type { JsonObject } from '../core/json.ts';
import type { FaultKind } from './breaker.ts';
import type { FactOf } from './facts.ts';
import { factOf, factsOf } from './fold.ts';
import { givenBy, reportsOf } from './given.ts';
import { messagesFor } from './messages.ts';
import { personAt } from './people.ts';
import type { Held, Plan, PlanStep, Run } from './run.ts';

/** How a step stands, read off the facts. */
export interface StepView {
  readonly step: PlanStep;
  readonly attempts: readonly Attempt[];
  /** `waiting`: not scheduled yet. `under-way`: an attempt may still report. `stuck`: the last attempt failed, or nobody was found. `with-person`: nobody else could do it. */
  readonly status: 'waiting' | 'under-way' | 'stuck' | 'with-person' | 'finished' | 'degraded' | 'skipped' | 'given-up';
  /** Undefined of a step that was gathered, or done by a person, too. */
  readonly finished: Held<FactOf<'step-finished'>> | undefined;
  /** Of a step that is over: what those after it are given. */
  readonly output: JsonObject;
}

export interface Attempt {
  readonly number: number;
  readonly scheduled: Held<FactOf<'step-scheduled'>>;
  readonly startedAt: number | undefined;
  /** Why it came to nothing; undefined while it may still report. */
  readonly fault: FaultKind | undefined;
  readonly retryAfterMs: number | null;
}

/** A step's name once it is to be taken back: it is tried and reported as any other. */
export const undoOf = (step: string): string => `undo/${step}`;

/** The timers that stand for time passing. */
export const timers = {
  settled: 'settled',
  unplanned: 'unplanned',
  run: 'run',
  attempt: (step: string, attempt: number) => `attempt ${step} ${attempt}`,
  unassigned: (step: string, number: number) => `unassigned ${step} ${number}`,
  approval: (step: string) => `approval ${step}`,
} as const;

export const isOver = ({ status }: StepView): boolean =>
  status === 'finished' || status === 'degraded' || status === 'skipped' || status === 'given-up';

export const planOf = (run: Run): Plan | undefined => factOf(run, 'plan-decided')?.fact.plan;

export const viewsOf = (run: Run): readonly StepView[] => (planOf(run)?.steps ?? []).map((step) => viewOf(run, step));

export const viewOf = (run: Run, step: PlanStep): StepView => viewsIn(run)(step);

/** A run never changes, and is looked at many times between two of its facts. */
const viewsIn = remembered((run: Run) => remembered((step: PlanStep) => viewed(run, step)));

function viewed(run: Run, step: PlanStep): StepView {
  const attempts = attemptsOf(run, step.id);
  const finished = factOf(run, 'step-finished', step.id);
  const gathered = factOf(run, 'step-gathered', step.id);
  const person = factOf(run, 'person-answered', step.id);
  const degraded = factOf(run, 'step-degraded', step.id);
  const ends = [
    ...(finished ? [{ status: 'finished' as const, place: finished.place, output: finished.fact.report.output }] : []),
    ...(person?.fact.done && personAt(run, step.id) === 'done'
      ? [{ status: 'finished' as const, place: person.place, output: person.fact.output }]
      : []),
    ...(gathered ? [{ status: 'finished' as const, place: gathered.place, output: gathered.fact.output }] : []),
    ...(degraded ? [{ status: 'degraded' as const, place: degraded.place, output: degraded.fact.output }] : []),
    ...endAt('skipped', factOf(run, 'step-skipped', step.id)),
    ...endAt('given-up', factOf(run, 'step-given-up', step.id)),
  ].toSorted((a, b) => a.place - b.place);
  const [end] = ends;
  const status = end?.status ?? openStatus(run, step.id, attempts);
  return { step, attempts, finished, status, output: end?.output ?? {} };
}

const endAt = <Status extends StepView['status']>(status: Status, held: Held | undefined) =>
  held ? [{ status, place: held.place, output: {} }] : [];

function openStatus(
  run: Run,
  step: string,
  attempts: readonly Attempt[],
): 'waiting' | 'under-way' | 'stuck' | 'with-person' {
  const person = personAt(run, step);
  if (person !== 'not-asked') return person === 'asked' ? 'with-person' : 'stuck';
  if (factOf(run, 'budget-refused', step)) return 'stuck';
  const unassigned = unassignedOf(run, step);
  if (unassigned > 0 && !factOf(run, 'timer', timers.unassigned(step, unassigned))) return 'under-way';
  const last = attempts.at(-1);
  if (!last) return unassigned > 0 ? 'stuck' : 'waiting';
  return last.fault === undefined ? 'under-way' : 'stuck';
}

/** How often nobody was found for it. */
export const unassignedOf = (run: Run, step: string): number =>
  factsOf(run, 'step-unassigned').filter(({ fact }) => fact.step === step).length;

export function attemptsOf(run: Run, step: string): readonly Attempt[] {
  const attempts: Attempt[] = [];
  for (let number = 1; ; number += 1) {
    const scheduled = factOf(run, 'step-scheduled', step, number);
    if (!scheduled) return attempts;
    const failed = factOf(run, 'step-failed', step, number);
    const timedOut = factOf(run, 'timer', timers.attempt(step, number));
    attempts.push({
      number,
      scheduled,
      startedAt: lastTakenAt(run, step, number),
      fault: failed?.fact.fault ?? (timedOut ? 'timed-out' : undefined),
      retryAfterMs: failed?.fact.retryAfterMs ?? null,
    });
  }
}

/** When it was taken up, the last time where its worker was not heard of any more. */
function lastTakenAt(run: Run, step: string, attempt: number): number | undefined {
  const again = factsOf(run, 'step-reassigned').findLast(({ fact }) => fact.step === step && fact.attempt === attempt);
  return (again ?? factOf(run, 'step-started', step, attempt))?.at;
}

/** What one agent gets of the run: the same for every attempt. Needs `requested`, and every step that it needs to be over. */
export function taskOf(run: Run, step: PlanStep): SubTask | undefined {
  const requested = factOf(run, 'requested');
  if (!requested) return undefined;
  const { id, org, entity, asOf } = requested.fact.request;
  const context = factOf(run, 'context-attached')?.fact.context ?? {};
  const plan = planOf(run);
  const before = ancestorsOf(plan?.steps ?? [], step).map((each) => viewOf(run, each));
  const { given, conflicts } = givenBy(before, plan?.conflict);
  // Of what was gathered, the reports it was gathered from.
  const shown = step.shows?.flatMap((id) => [id, ...(factOf(run, 'step-gathered', id)?.fact.from ?? [])]);
  const reports = reportsOf(before.filter((view) => shown?.includes(view.step.id)));
  const messages = messagesFor(run, plan, step);
  const input: JsonObject = {
    context,
    ...given,
    ...(conflicts.length > 0 && { conflicts }),
    ...(step.shows && { reports }),
    ...(messages.length > 0 && { messages }),
    ...step.input,
  };
  return { key: `${id}/${step.id}`, org, entity, skill: step.skill, goal: step.goal, asOf, input };
}

/** The sub-task that takes a step back; undefined where it has no `undo`. */
export function undoTaskOf(run: Run, step: PlanStep): SubTask | undefined {
  const task = taskOf(run, step);
  if (!task || step.undo === undefined) return undefined;
  const done = factOf(run, 'step-finished', step.id)?.fact.report.output ?? null;
  const id = factOf(run, 'requested')?.fact.request.id ?? '';
  return { ...task, key: `${id}/${undoOf(step.id)}`, skill: step.undo, input: { ...task.input, done } };
}

/** What an approval is bound to: the exact arguments, members in the order of their names. */
export const argumentsHash = (task: SubTask): string => idOf(canonical({ ...task }));

/** All steps before a step, in the order of the plan. */
export function ancestorsOf(steps: readonly PlanStep[], step: PlanStep): readonly PlanStep[] {
  const wanted = new Set(step.needs);
  for (const id of wanted) for (const need of steps.find((each) => each.id === id)?.needs ?? []) wanted.add(need);
  return steps.filter(({ id }) => wanted.has(id));
}

/** What may still be spent: the plan's budget less what is reserved, or spent where that is known. Never below 0. */
export function remaining(run: Run): Cost {
  const plan = planOf(run);
  const spent = viewsOf(run).flatMap(({ step, attempts }) => attempts.map((attempt) => costOf(run, step.id, attempt)));
  return mapCost((unit) => Math.max(0, (plan?.budget[unit] ?? 0) - spent.reduce((sum, cost) => sum + cost[unit], 0)));
}

function costOf(run: Run, step: string, { number, scheduled }: Attempt): Cost {
  const { reserve } = scheduled.fact;
  const finished = factOf(run, 'step-finished', step);
  const failed = factOf(run, 'step-failed', step, number);
  // Of an attempt that nobody told the end of, the worst is assumed.
  const spent = finished?.fact.attempt === number ? finished.fact.spent : failed?.fact.spent;
  return mapCost((unit) => Math.min(reserve[unit], spent?.[unit] ?? reserve[unit]));
}

export const isWithin = (cost: Cost, limit: Cost): boolean => units.every((unit) => cost[unit] <= limit[unit] + 1e-9);

const units = ['money', 'tokens', 'calls', 'agentSeconds'] as const;

export const mapCost = (of: (unit: keyof Cost) => number): Cost => ({
  money: of('money'),
  tokens: of('tokens'),
  calls: of('calls'),
  agentSeconds: of('agentSeconds'),
});
