import { fnv1a32, idOf } from '../core/ids.ts';
import { givenTo, type SubTask } from '../core/agent.ts';
import type { FactOf, Fact } from './facts.ts';
import { factOf, factsOf } from './fold.ts';
import type { Risk } from './policy.ts';
import { askPerson, personAt, waitedMs, whyFailed } from './people.ts';
import type { Choice, Deciders, PlanStep, Run, RunLimits, RunRequest } from './run.ts';
import {
  argumentsHash,
  attemptsOf,
  isOver,
  isWithin,
  mapCost,
  remaining,
  unassignedOf,
  undoOf,
  undoTaskOf,
  viewsOf,
  type Attempt,
  type StepView,
} from './steps.ts';

/** What may pass by itself: worth asking the same agent again. */
const passing: ReadonlySet<string> = new Set(['transient', 'timed-out', 'rate-limited']);

/** The first attempt at a step that may start: by a run of its own, or by an agent. */
export function firstAttempt(run: Run, how: Deciders, view: StepView, task: SubTask, { limits }: RunRequest): Fact {
  if (view.step.child) return delegated(run, view.step, task, limits);
  const budget = remaining(run);
  const choice = chosen(run, how, task, 1, othersOf(run, view.step), budget);
  return attemptBy(run, view, task, choice, budget, 1, 0, limits);
}

/** Who does a step that is a run of its own. */
export const aRun = 'run';

/** The child gets an even share of what is left. */
function delegated(run: Run, step: PlanStep, task: SubTask, { runMs }: RunLimits): Fact {
  const open = viewsOf(run).filter((view) => !isOver(view) && view.attempts.length === 0 && !view.step.gather);
  const left = remaining(run);
  const cost = mapCost((unit) => left[unit] / Math.max(1, open.length));
  const choice = { agent: aRun, version: 1, cost, why: { depth: step.child?.depth ?? 1 } };
  return { ...scheduled(step.id, 1, choice, task, 0, runMs), child: idOf('run', task.org, task.key) };
}

/** Whether a run of its own did it, in which people were asked in vain. */
export const wereAskedBelow = (run: Run, step: string): boolean =>
  factsOf(run, 'step-failed').some(({ fact }) => fact.step === step && fact.askedPeople === true);

const withoutPeople = ({ personMs: _, ...limits }: RunLimits): RunLimits => limits;

/** Agents that shall not do a step: who did, or is at, one that must be somebody else's. */
function othersOf(run: Run, step: PlanStep): readonly string[] {
  const apart = viewsOf(run).filter(
    ({ step: other }) => step.notBy?.includes(other.id) || other.notBy?.includes(step.id),
  );
  return apart.flatMap(({ finished, attempts }) => {
    const by = finished ? attempts.find(({ number }) => number === finished.fact.attempt) : attempts.at(-1);
    return by && (finished || by.fault === undefined) ? [by.scheduled.fact.agent] : [];
  });
}

/** What follows where a step's last attempt failed, or nobody was found: the next rung. */
export function nextRung(run: Run, how: Deciders, view: StepView, task: SubTask, all: RunLimits): Fact {
  const { attempts } = view;
  const last = attempts.at(-1);
  const budget = remaining(run);
  const number = attempts.length + 1;
  const limits = wereAskedBelow(run, view.step.id) ? withoutPeople(all) : all;
  const withoutAgent = (why: string) => withoutAnswer(view, why, { task, limits });
  if (personAt(run, view.step.id) === 'failed') return withoutAnswer(view, whyFailed(run, view.step.id));
  const refused = factOf(run, 'budget-refused', view.step.id);
  if (refused) return withoutAgent(refused.fact.why);
  const others = othersOf(run, view.step);
  if (!last) return attemptBy(run, view, task, chosen(run, how, task, 1, others, budget), budget, 1, 0, limits);
  if (last.fault === 'refused') return withoutAgent('policy refuses it');
  if (retriesOf(run) >= limits.retries) return withoutAgent(`the run's ${limits.retries} retries are used up`);

  const delayMs = Math.max(backoffMs(task.key, last.number, limits), last.retryAfterMs ?? 0);
  const again = () => attemptBy(run, view, task, choiceOf(last.scheduled.fact), budget, number, delayMs, limits);
  const mayAgain = mayTryAgain(attempts, last, limits);
  // Nobody waits long for one agent while another is free.
  if (mayAgain && (last.retryAfterMs ?? 0) <= limits.backoffMaxMs) return again();
  const tried = attempts.map(({ scheduled }) => scheduled.fact.agent);
  const to = factOf(run, 'step-failed', view.step.id, last.number)?.fact.to;
  const other = chosen(run, how, task, number, [...tried, ...others], budget, { preferred: to });
  if (other) return attemptBy(run, view, task, other, budget, number, 0, limits);
  if (mayAgain && delayMs <= timeLeft(run, limits)) return again();
  return withoutAgent(`${last.fault ?? 'nobody'}, and no other agent can do it`);
}

/** Until the run's own time is over, ms: nobody's word makes it wait for longer. Time that people took does not count. */
const timeLeft = (run: Run, { runMs }: RunLimits): number =>
  Math.min(runMs, (factOf(run, 'admitted')?.at ?? run.at) + runMs + waitedMs(run) - run.at);

/** Whether the agent of the last attempt may be asked once more: what failed may pass, and it was not asked too often. */
function mayTryAgain(attempts: readonly Attempt[], { fault, scheduled }: Attempt, limits: RunLimits): boolean {
  const tries = attempts.filter((each) => each.scheduled.fact.agent === scheduled.fact.agent).length;
  const { agent } = scheduled.fact;
  return fault !== undefined && passing.has(fault) && agent !== aRun && tries < limits.attemptsPerAgent;
}

function attemptBy(
  run: Run,
  view: StepView,
  task: SubTask,
  choice: Choice | undefined,
  budget: ReturnType<typeof remaining>,
  number: number,
  delayMs: number,
  limits: RunLimits,
): Fact {
  const { step } = view;
  if (choice && isWithin(choice.cost, budget)) return scheduled(step.id, number, choice, task, delayMs, step.timeoutMs);
  if (choice) return withoutAnswer(view, 'the budget is used up', { task, limits });
  const before = unassignedOf(run, step.id);
  if (before >= limits.unassigned) return withoutAnswer(view, `nobody was found for ${step.skill}`, { task, limits });
  return { fact: 'step-unassigned', step: step.id, number: before + 1 };
}

/** The lowest rungs: the plan's own answer, going on without, a person (where one can be waited for), giving up. */
export function withoutAnswer(
  { step }: StepView,
  why: string,
  ask?: { readonly task: SubTask; readonly limits: RunLimits },
): Fact {
  if (step.degraded) return { fact: 'step-degraded', step: step.id, output: step.degraded, why };
  if (!step.optional && ask?.limits.personMs !== undefined) return askPerson(step.id, ask.task, why);
  return { fact: step.optional ? 'step-skipped' : 'step-given-up', step: step.id, why };
}

/** What follows where no worker can be given a step, or its undo: nobody can do it, a person neither. */
export function withoutWorker(run: Run, name: string, why: string): Fact {
  const view = viewsOf(run).find(({ step }) => step.id === name);
  return view ? withoutAnswer(view, why) : { fact: 'handed-over', step: name, why };
}

/**
 * The next fact of taking a step back; undefined while an attempt is under way or a person is at it, or when it is done or
 * nobody could. Neither retries nor budget stop it: what was done must be undone.
 */
export function nextUndo(run: Run, how: Deciders, step: PlanStep, limits: RunLimits): Fact | undefined {
  const name = undoOf(step.id);
  const task = undoTaskOf(run, step);
  if (!task || isUndone(run, step) || factOf(run, 'handed-over', name)) return undefined;
  const attempts = attemptsOf(run, name);
  const last = attempts.at(-1);
  if (last && last.fault === undefined) return undefined;
  const number = attempts.length + 1;
  const person = personAt(run, name);
  if (person === 'asked') return undefined;
  if (person === 'failed') return { fact: 'handed-over', step: name, why: whyFailed(run, name) };
  const withoutAgent = (why: string): Fact =>
    limits.personMs === undefined ? { fact: 'handed-over', step: name, why } : askPerson(name, task, why);
  if (number > limits.undoAttempts || last?.fault === 'refused') {
    return withoutAgent(`${last?.fault ?? 'nobody'} in attempt ${attempts.length}`);
  }
  const choice = doerOf(run, step) ?? chosen(run, how, task, number, [], remaining(run), { risk: 'low' });
  if (!choice) return withoutAgent(`nobody was found for ${task.skill}`);
  const wanted = Math.min(last?.retryAfterMs ?? 0, limits.runMs);
  const delayMs = last ? Math.max(backoffMs(task.key, last.number, limits), wanted) : 0;
  return scheduled(name, number, choice, task, delayMs, step.timeoutMs);
}

export const isUndone = (run: Run, step: PlanStep): boolean =>
  factOf(run, 'step-finished', undoOf(step.id)) !== undefined || personAt(run, undoOf(step.id)) === 'done';

/** Who did a step takes it back. */
function doerOf(run: Run, step: PlanStep): Choice | undefined {
  const attempts = attemptsOf(run, step.id);
  const finished = factOf(run, 'step-finished', step.id)?.fact.attempt;
  const by = attempts.find(({ number }) => number === finished) ?? attempts.at(-1);
  return by?.scheduled.fact.child === undefined ? by && choiceOf(by.scheduled.fact) : undefined;
}

function scheduled(
  step: string,
  attempt: number,
  choice: Choice,
  task: SubTask,
  delayMs: number,
  timeoutMs: number,
): FactOf<'step-scheduled'> {
  return {
    fact: 'step-scheduled',
    step,
    attempt,
    agent: choice.agent,
    agentVersion: choice.version,
    why: choice.why,
    seed: seedOf(task.key, attempt),
    reserve: choice.cost,
    argumentsHash: argumentsHash(task),
    delayMs,
    timeoutMs,
  };
}

const choiceOf = ({ agent, agentVersion, reserve, why }: Attempt['scheduled']['fact']): Choice => ({
  agent,
  version: agentVersion,
  cost: reserve,
  why,
});

function chosen(
  run: Run,
  how: Deciders,
  task: SubTask,
  attempt: number,
  excluded: readonly string[],
  budget: ReturnType<typeof remaining>,
  { preferred, risk = factOf(run, 'requested')?.fact.request.risk ?? 'low' }: Chosen = {},
): Choice | undefined {
  const { org, skill, key } = task;
  const seed = seedOf(key, attempt);
  const input = ['context', ...Object.keys(givenTo(task))];
  const wanted = { org, skill, input, excluded, budget, seed, at: run.at, risk };
  return how.select({ ...wanted, ...(preferred && { preferred }) });
}

interface Chosen {
  readonly preferred?: string | undefined;
  /** Absent: the run's. What was done has to be undone whatever the risk. */
  readonly risk?: Risk;
}

const seedOf = (key: string, attempt: number): number => fnv1a32(`${key}/${attempt}`);

/** Attempts beyond the first of each step. */
const retriesOf = (run: Run): number =>
  viewsOf(run).reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0);

/** Full jitter: at random up to a bound that doubles (Brooker, "Exponential Backoff And Jitter", AWS 2015). The same for the same attempt; ms. */
function backoffMs(key: string, attempt: number, { backoffMs, backoffMaxMs }: RunLimits): number {
  const bound = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round((fnv1a32(`backoff/${key}/${attempt}`) / 2 ** 32) * bound);
}
