import type { SubTask } from '../core/agent.ts';
import { remembered } from '../core/remembered.ts';
import { childrenOf } from './children.ts';
import { passing } from './conditions.ts';
import { stepsMax } from './carried.ts';
import type { Fact } from './facts.ts';
import { factOf, factsOf, fold } from './fold.ts';
import { earlierOf } from './given.ts';
import { firstAttempt, nextRung } from './ladder.ts';
import { personDeadlines, waitedMs, waitsForPerson } from './people.ts';
import {
  askedFirst,
  delegationMax,
  type Deciders,
  type Plan,
  type PlanStep,
  type Run,
  type RunRequest,
} from './run.ts';
import {
  ancestorsOf,
  argumentsHash,
  attemptsOf,
  isOver,
  planOf,
  taskOf,
  timers,
  undoOf,
  viewsOf,
  type StepView,
} from './steps.ts';
import { isCalledOff, reasonToStop, stopping } from './stop.ts';
import { adapted, startable, strategies, strategyOf } from './strategies.ts';

/**
 * What follows from what is true: facts to be appended together, none where the run waits for somebody. Reads no clock: time is in the
 * timers. Whether it may begin (`admitted`) and what its context is, others say.
 */
export function decide(run: Run, how: Deciders): readonly Fact[] {
  const request = factOf(run, 'requested')?.fact.request;
  const context = factOf(run, 'context-attached')?.fact.context;
  if (!request || factOf(run, 'run-ended')) return [];
  const stop = reasonToStop(run);
  if (stop !== undefined) return stopping(run, how, request, stop);
  if (!factOf(run, 'admitted') || !context) return [];
  const plan = planOf(run);
  if (!plan) return planning(run, how.plan(request, context), request.parent?.depth ?? 0);

  const views = viewsOf(run);
  const passed = passing(views);
  if (passed.length > 0) return passed;
  const stuck = views.filter(({ status }) => status === 'stuck');
  // One at a time: the retries left are the run's.
  const [rung] = stuck.flatMap((view) => onTask(run, view, (task) => [nextRung(run, how, view, task, request.limits)]));
  if (rung) return [rung];
  if (views.every(isOver)) return completed(run, how);
  return starting(run, how, plan, request);
}

function planning(run: Run, plan: ReturnType<Deciders['plan']>, depth: number): readonly Fact[] {
  // As daemons are brought to another version one after the other.
  if ('impossible' in plan && plan.elsewhere && !factOf(run, 'timer', timers.unplanned)) return [];
  const fault = 'impossible' in plan ? plan.impossible : faultOf(plan, depth);
  if (fault !== undefined) return [{ fact: 'run-ended', outcome: 'failed', why: `no plan: ${fault}` }];
  return 'impossible' in plan ? [] : [{ fact: 'plan-decided', plan }];
}

/** Why a plan would never end or never begin; undefined where it will. `depth`: how deep its run lies under the first. */
export function faultOf({ steps }: Plan, depth = 0): string | undefined {
  const ids = new Set(steps.map(({ id }) => id));
  if (steps.length > stepsMax) return `${steps.length} steps are more than ${stepsMax}`;
  if (ids.size < steps.length) return 'two steps have one id';
  const unknown = steps.flatMap(namedBy).find((need) => !ids.has(need));
  if (unknown !== undefined) return `there is no step ${unknown}`;
  const before = new Map(steps.map((step) => [step.id, new Set(ancestorsOf(steps, step).map(({ id }) => id))]));
  const cycle = [...before].filter(([id, earlier]) => earlier.has(id)).map(([id]) => id);
  if (cycle.length > 0) return `${cycle.join(', ')} wait for one another`;
  const early = steps.find((step) => earlierOf(step).some((id) => !before.get(step.id)?.has(id)));
  if (early) return `${early.id} goes by a step that it does not wait for`;
  const deep = steps.find(({ child }) => child && (child.depth !== depth + 1 || child.depth > delegationMax));
  return deep && `${deep.id} is delegated too deep`;
}

const namedBy = (step: PlanStep): readonly string[] => [...step.needs, ...(step.notBy ?? []), ...earlierOf(step)];

/** Adapts, asks for approval, and schedules. */
function starting(run: Run, how: Deciders, plan: Plan, request: RunRequest): readonly Fact[] {
  const views = viewsOf(run);
  const facts: Fact[] = [];
  let strategy = strategyOf(run, plan);
  if (plan.strategy === 'adaptive') {
    const wanted = adapted(run, { plan, views });
    const number = factsOf(run, 'adapted').length + 1;
    if (wanted.strategy !== strategy || number === 1) facts.push({ fact: 'adapted', number, ...wanted });
    strategy = wanted.strategy;
  }

  const held = new Set<string>();
  for (const view of startable({ plan, views, held: new Set() })) {
    const asked = onTask(run, view, (task) => approval(run, view.step, task, askedFirst(request).by));
    if (asked.length > 0) held.add(view.step.id);
    facts.push(...asked.filter((fact) => fact !== 'waiting'));
  }

  // Each is chosen knowing of those before it: what is left of the budget, and who shall not do it.
  let then = run;
  for (const view of strategies[strategy]({ plan, views, held })) {
    const [fact] = onTask(then, view, (task) => [firstAttempt(then, how, view, task, request)]);
    if (!fact) continue;
    facts.push(fact);
    then = fold(then, { at: run.at, facts: [fact] }, run.sequence + facts.length);
  }
  return facts;
}

function onTask<T>(run: Run, { step }: StepView, then: (task: SubTask) => readonly T[]): readonly T[] {
  const task = taskOf(run, step);
  return task ? then(task) : [];
}

/** What stands between a step and its start; empty where it may. Bound to the arguments: a grant of others does not count. */
function approval(run: Run, step: PlanStep, task: SubTask, requestedBy: string): readonly (Fact | 'waiting')[] {
  if (!step.approval) return [];
  const hash = argumentsHash(task);
  const asked = factOf(run, 'approval-requested', step.id);
  if (!asked) return [{ fact: 'approval-requested', step: step.id, task, argumentsHash: hash }];

  const { fourEyes, otherwise } = step.approval;
  const grants = factsOf(run, 'approval-granted').filter(
    ({ fact }) => fact.step === step.id && fact.argumentsHash === hash && !(fourEyes && fact.by === requestedBy),
  );
  const granted = grants[fourEyes ? 1 : 0]?.place ?? Infinity;
  const denied = factOf(run, 'approval-denied', step.id);
  const expired = factOf(run, 'timer', timers.approval(step.id));
  const refused = Math.min(denied?.place ?? Infinity, expired?.place ?? Infinity);
  if (granted < refused) return [];
  if (refused === Infinity) return ['waiting'];
  const why =
    denied?.place === refused ? `${denied.fact.by} denied it: ${denied.fact.why}` : 'nobody approved it in time';
  return [{ fact: otherwise === 'skip' ? 'step-skipped' : 'step-given-up', step: step.id, why }];
}

const completed = (run: Run, how: Deciders): readonly Fact[] => [
  { fact: 'result-synthesised', result: how.synthesise(run) },
  { fact: 'run-ended', outcome: 'completed', why: 'every step is over' },
];

/** What is due when nobody says anything: timers to be written once their time has come, ms since 1970. */
export const deadlines = remembered((run: Run): readonly { readonly name: string; readonly at: number }[] => {
  const requested = factOf(run, 'requested');
  if (!requested || factOf(run, 'run-ended')) return [];
  const { settleMs, limits } = requested.fact.request;
  const admitted = factOf(run, 'admitted');
  const attached = factOf(run, 'context-attached');
  const views = viewsOf(run);
  const expected = views.filter((view) => !isCalledOff(run, view));
  const names = [...expected.map(({ step }) => step.id), ...views.map(({ step }) => undoOf(step.id))];
  // Runs under it have the time that is left to it, and tell how long they waited for people.
  const isHeldUp = waitsForPerson(run) || childrenOf(run).length > 0;
  const all = [
    ...(settleMs > 0 && !admitted ? [{ name: timers.settled, at: requested.at + settleMs }] : []),
    ...(admitted && attached && !planOf(run) ? [{ name: timers.unplanned, at: attached.at + leftToOthersMs }] : []),
    ...(admitted && !isHeldUp ? [{ name: timers.run, at: admitted.at + limits.runMs + waitedMs(run) }] : []),
    ...personDeadlines(run, requested.fact.request),
    ...views.flatMap(({ step, status }) => {
      const asked = step.approval && status === 'waiting' ? factOf(run, 'approval-requested', step.id) : undefined;
      return asked && step.approval ? [{ name: timers.approval(step.id), at: asked.at + step.approval.expiresMs }] : [];
    }),
    ...names.flatMap((name) => attemptDeadline(run, name)),
    ...factsOf(run, 'step-unassigned').map(({ fact: { step, number }, at }) => ({
      name: timers.unassigned(step, number),
      at: at + Math.min(limits.backoffMaxMs, 1_000 * 2 ** (number - 1)),
    })),
  ];
  return all.filter(({ name }) => !factOf(run, 'timer', name));
});

/** For so long a run that cannot be planned here is left to a daemon that knows how. */
const leftToOthersMs = 60_000;
/** What an attempt may take beyond its time: the worker tells of a time-out itself, unless it is dead. */
const graceMs = 5_000;
/** An attempt that nobody took up for so long counts as timed out. */
const takenWithinMs = 10 * 60_000;

function attemptDeadline(run: Run, name: string) {
  const last = attemptsOf(run, name).at(-1);
  // A run under it has limits of its own, and tells of its end.
  if (!last || last.fault !== undefined || last.scheduled.fact.child || factOf(run, 'step-finished', name)) return [];
  const { delayMs, timeoutMs } = last.scheduled.fact;
  const from = last.startedAt ?? last.scheduled.at + delayMs + takenWithinMs;
  return [{ name: timers.attempt(name, last.number), at: from + timeoutMs + graceMs }];
}
