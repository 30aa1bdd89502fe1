import type { SubTask } from '../core/agent.ts';
import type { Fact } from './facts.ts';
import { factOf, factsOf } from './fold.ts';
import type { Run, RunRequest } from './run.ts';

/** The timer of a step, or of an undo, that a person was asked to take over. */
export const personTimer = (name: string): string => `person ${name}`;

/** How a step stands with people. */
export type WithPerson = 'not-asked' | 'asked' | 'done' | 'failed';

export function personAt(run: Run, name: string): WithPerson {
  if (!factOf(run, 'person-asked', name)) return 'not-asked';
  const answered = factOf(run, 'person-answered', name);
  const late = factOf(run, 'timer', personTimer(name));
  if (answered && answered.place < (late?.place ?? Infinity)) return answered.fact.done ? 'done' : 'failed';
  return late ? 'failed' : 'asked';
}

/** The last rung: what nobody else could do, with all that is needed to do it. */
export const askPerson = (name: string, task: SubTask, why: string): Fact => ({
  fact: 'person-asked',
  step: name,
  task,
  why,
});

/** Why a step is given up that a person had. */
export function whyFailed(run: Run, name: string): string {
  const answered = factOf(run, 'person-answered', name)?.fact;
  return answered && !answered.done ? `${answered.by} could not do it: ${answered.why}` : 'nobody took it over in time';
}

/** Whom is waited for until when: ms since 1970. */
export const personDeadlines = (run: Run, { limits }: RunRequest): readonly { name: string; at: number }[] =>
  factsOf(run, 'person-asked')
    .filter(({ fact }) => personAt(run, fact.step) === 'asked')
    .map(({ fact, at }) => ({ name: personTimer(fact.step), at: at + (limits.personMs ?? 0) }));

/** Whether something waits for a person now. */
export const waitsForPerson = (run: Run): boolean => intervals(run).some(({ to }) => to === Infinity);

/** How long something waited for a person in all, ms, up to `until`: that time does not count against the run's. Infinity where something waits still. */
export function waitedMs(run: Run, until = Infinity): number {
  let [total, before] = [0, 0];
  for (const { from, to } of intervals(run).toSorted((a, b) => a.from - b.from)) {
    const [start, end] = [Math.max(from, before), Math.min(to, until)];
    if (end <= start) continue;
    total += end - start;
    before = end;
  }
  return total;
}

/** From each question to its answer, ms since 1970; Infinity while there is none. */
function intervals(run: Run): readonly { readonly from: number; readonly to: number }[] {
  const first = (...ends: readonly ({ readonly at: number } | undefined)[]) =>
    Math.min(...ends.map((end) => end?.at ?? Infinity));
  const asked = factsOf(run, 'person-asked').map(({ fact: { step }, at }) => ({
    from: at,
    to: first(factOf(run, 'person-answered', step), factOf(run, 'timer', personTimer(step))),
  }));
  const approvals = factsOf(run, 'approval-requested').map(({ fact: { step }, at }) => ({
    from: at,
    to: first(
      factOf(run, 'step-scheduled', step, 1),
      factOf(run, 'step-unassigned', step, 1),
      factOf(run, 'budget-refused', step),
      factOf(run, 'step-degraded', step),
      factOf(run, 'person-asked', step),
      factOf(run, 'step-skipped', step),
      factOf(run, 'step-given-up', step),
    ),
  }));
  // A run under it has told so with its end.
  const below = [...factsOf(run, 'step-finished'), ...factsOf(run, 'step-failed')].flatMap(
    ({ fact: { waitedMs = 0 }, at }) => (waitedMs > 0 ? [{ from: at - waitedMs, to: at }] : []),
  );
  return [...asked, ...approvals, ...below];
}
