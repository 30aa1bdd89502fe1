import { messageOf } from '../core/errors.ts';
import { remembered } from '../core/remembered.ts';
import type { Fact } from './facts.ts';
import { factOf } from './fold.ts';
import { isUndone, nextUndo } from './ladder.ts';
import { personAt } from './people.ts';
import type { Deciders, PlanStep, Run, RunRequest } from './run.ts';
import { attemptsOf, timers, undoOf, viewsOf, type StepView } from './steps.ts';

/** Why a run goes on no further; undefined while it does. */
export function reasonToStop(run: Run): string | undefined {
  const compensating = factOf(run, 'compensating');
  if (compensating) return compensating.fact.why;
  const cancelled = factOf(run, 'cancel-requested');
  if (cancelled) return `${cancelled.fact.by} cancelled it: ${cancelled.fact.why}`;
  if (factOf(run, 'timer', timers.run)) return 'it took too long';
  const given = viewsOf(run).find(({ status }) => status === 'given-up');
  const fact = given && factOf(run, 'step-given-up', given.step.id)?.fact;
  return fact && `${fact.step}: ${fact.why}`;
}

/** Lets end what is under way, then takes back what was done, the last first. */
export function stopping(run: Run, how: Deciders, request: RunRequest, why: string): readonly Fact[] {
  if (viewsOf(run).some((view) => isReporting(view) && !isCalledOff(run, view))) return [];
  const todo = toUndo(run);
  const facts: Fact[] = [];
  if (todo.length > 0 && !factOf(run, 'compensating')) {
    facts.push({ fact: 'compensating', why, steps: todo.map(({ id }) => id) });
  }
  for (const step of todo) {
    if (isUndone(run, step) || factOf(run, 'handed-over', undoOf(step.id))) continue;
    const next = nextUndo(run, how, step, request.limits);
    if (next) return [...facts, next];
    // Whoever is asked has time; what else is to be taken back does not wait for that.
    if (personAt(run, undoOf(step.id)) !== 'asked') return facts;
  }
  if (todo.some(({ id }) => personAt(run, undoOf(id)) === 'asked')) return facts;
  return [...facts, { fact: 'run-ended', outcome: outcomeOf(run, todo), why }];
}

/** A conductor that hands out work may be behind by so much, or its clock be. */
const behindMs = 1_000;

/**
 * An attempt that was to begin only after the run stopped, and has not: nobody hands it out any more. What was due by then may be in
 * somebody's hands, and is waited for.
 */
export function isCalledOff(run: Run, { status, attempts }: StepView): boolean {
  const last = attempts.at(-1);
  if (status !== 'under-way' || !last || last.startedAt !== undefined) return false;
  const { scheduled } = last;
  return scheduled.fact.delayMs > 0 && scheduled.at + scheduled.fact.delayMs > stoppedAt(run) + behindMs;
}

/** When the first reason to stop came, ms since 1970; Infinity while there is none. */
const stoppedAt = remembered((run: Run): number => {
  const given = viewsOf(run).filter(({ status }) => status === 'given-up');
  const reasons = [
    factOf(run, 'compensating'),
    factOf(run, 'cancel-requested'),
    factOf(run, 'timer', timers.run),
    ...given.map(({ step }) => factOf(run, 'step-given-up', step.id)),
  ];
  return Math.min(...reasons.map((held) => held?.at ?? Infinity));
});

/**
 * What follows where a run cannot go on for no fault of its steps, such as a decision that the log does not take: it takes back what it
 * did; where it was at that already, it ends, and what is not taken back by then is handed over to people.
 */
export const haltOf = (run: Run, why: string): readonly Fact[] =>
  factOf(run, 'compensating') ? brokenOff(run, why) : [{ fact: 'compensating', why, steps: [] }];

/** The end of a run that takes back nothing more: what is left of that is handed over to people. */
export function brokenOff(run: Run, why: string): readonly Fact[] {
  const left = leftToUndo(run).map((step) => ({ fact: 'handed-over', step, why }) as const);
  return [...left, { fact: 'run-ended', outcome: 'failed', why }];
}

function leftToUndo(run: Run): readonly string[] {
  try {
    const left = toUndo(run).filter((step) => !isUndone(run, step));
    return left.map(({ id }) => undoOf(id)).filter((name) => !factOf(run, 'handed-over', name));
  } catch {
    // The mistake may be in here, and the run has to end all the same.
    return [];
  }
}

/** Characters of what was thrown that are told. */
const thrownMax = 300;

/** Why a run goes on no further for what was thrown: no fault of its own. */
export const mistakeOf = (thrown: unknown): string =>
  `weir made a mistake in it: ${messageOf(thrown).slice(0, thrownMax)}`;

/** An attempt may still report, or do something: nothing may be taken back before that. */
const isReporting = ({ attempts, status }: StepView): boolean =>
  status === 'under-way' && attempts.some(({ fault }) => fault === undefined);

function outcomeOf(run: Run, todo: readonly PlanStep[]): 'undone' | 'failed' | 'cancelled' {
  if (!todo.every((step) => isUndone(run, step))) return 'failed';
  if (factOf(run, 'cancel-requested')) return 'cancelled';
  return todo.length > 0 ? 'undone' : 'failed';
}

/** Faults after which nobody knows whether it was done all the same. */
const uncertain: ReadonlySet<string> = new Set(['timed-out', 'poisoned', 'transient']);

/**
 * What to take back, in order: first where nobody knows whether it was done, then what is finished, in
 * the reverse order of recorded completions.
 */
function toUndo(run: Run): readonly PlanStep[] {
  const undoable = viewsOf(run).filter(({ step }) => step.undo !== undefined);
  const unknown = undoable.filter(
    ({ step, finished }) =>
      !finished &&
      personAt(run, step.id) !== 'done' &&
      attemptsOf(run, step.id).some(({ fault }) => fault !== undefined && uncertain.has(fault)),
  );
  const finished = undoable.filter((view) => doneAt(run, view) > 0).toSorted((a, b) => doneAt(run, b) - doneAt(run, a));
  return [...unknown, ...finished].map(({ step }) => step);
}

/** The place of its completion, by an agent or a person; 0 where there is none. */
function doneAt(run: Run, { step, finished }: StepView): number {
  const byPerson = personAt(run, step.id) === 'done' ? factOf(run, 'person-answered', step.id)?.place : undefined;
  return finished?.place ?? byPerson ?? 0;
}
