import { groupBy } from '../core/group.ts';
import { depthsOf, longestFrom } from './complexity.ts';
import { factsOf } from './fold.ts';
import type { Plan, Run } from './run.ts';
import { isOver, remaining, type StepView } from './steps.ts';

/** How the steps of a run stand. */
export interface Standing {
  readonly plan: Plan;
  readonly views: readonly StepView[];
  /** Steps that wait for a person. */
  readonly held: ReadonlySet<string>;
}

/** Which of the steps that may start shall start now; nothing else. */
export type Strategy = (standing: Standing) => readonly StepView[];

/** Items of one stage that may be done and not taken up by the next: then the stage waits. */
const queueMax = 2;

/** Those that somebody has to do and that wait, and all they need is over; the one that the longest way to the end goes through comes first. */
export function startable({ plan, views, held }: Standing): readonly StepView[] {
  const over = new Set(views.filter(isOver).map(({ step }) => step.id));
  const lengths = longestFrom(plan.steps, ({ expectedMs, timeoutMs }) => expectedMs ?? timeoutMs);
  const isAble = ({ status, step }: StepView) =>
    status === 'waiting' && !step.gather && !held.has(step.id) && step.needs.every((need) => over.has(need));
  return views.filter(isAble).toSorted((a, b) => (lengths.get(b.step.id) ?? 0) - (lengths.get(a.step.id) ?? 0));
}

const underWay = ({ views }: Standing): readonly StepView[] =>
  views.filter(({ status }) => status === 'under-way' || status === 'stuck');

/** One at a time. */
const sequential: Strategy = (standing) => (underWay(standing).length > 0 ? [] : startable(standing).slice(0, 1));

/** All that may, under the plan's cap. */
const parallel: Strategy = (standing) =>
  startable(standing).slice(0, Math.max(0, standing.plan.parallel - underWay(standing).length));

/**
 * Item by item through stages, a step's stage being the number of steps before it on its longest way: each stage is at one item, and goes
 * on while the next has taken up all but `queueMax` of what it finished.
 */
const pipeline: Strategy = (standing) => {
  const { plan, views } = standing;
  const stages = depthsOf(plan.steps);
  const stageOf = ({ step }: StepView) => stages.get(step.id);
  const before = underWay(standing);
  const busy = new Set(before.map(stageOf));
  const queued = (stage: number | undefined) =>
    views.filter((view) => stageOf(view) === stage && isQueued(view, views)).length;
  const isOpen = (view: StepView) => !busy.has(stageOf(view)) && queued(stageOf(view)) < queueMax;
  const able = new Set(startable(standing));
  const inOrder = views.filter((view) => able.has(view));
  const chosen = [...groupBy(inOrder.filter(isOpen), stageOf).values()].flatMap(([first]) => first ?? []);
  // Where all stages wait for one another's queues the last of them goes on.
  if (chosen.length === 0 && before.length === 0) return inOrder.slice(-1);
  return chosen.slice(0, Math.max(0, plan.parallel - before.length));
};

/** Whether the next stage has not taken up what the step made. */
function isQueued({ step: { id }, status }: StepView, views: readonly StepView[]): boolean {
  const next = views.filter(({ step }) => step.needs.includes(id));
  return status === 'finished' && next.length > 0 && next.every((view) => view.status === 'waiting');
}

export const strategies = { sequential, parallel, pipeline } satisfies Record<string, Strategy>;

/**
 * Which strategy an adaptive run goes by from now on, and why: one at a time where attempts fail or money runs out, so that what a step
 * teaches comes before the next is paid for; stages where many of a kind follow one another; else everything at once.
 */
export function adapted(
  run: Run,
  { plan, views }: Omit<Standing, 'held'>,
): { strategy: keyof typeof strategies; why: string } {
  const attempts = views.flatMap(({ attempts }) => attempts);
  const failed = attempts.filter(({ fault }) => fault !== undefined).length;
  if (failed >= 2 && failed * 3 >= attempts.length)
    return { strategy: 'sequential', why: `${failed} of ${attempts.length} attempts failed` };

  const left = views.filter((view) => !isOver(view)).length;
  const share = plan.budget.money > 0 ? remaining(run).money / plan.budget.money : 1;
  if (left > 0 && share < (0.5 * left) / views.length)
    return {
      strategy: 'sequential',
      why: `${Math.round(share * 100)} % of the money is left for ${left} step${left === 1 ? '' : 's'}`,
    };

  const stages = Math.max(0, ...depthsOf(plan.steps).values());
  if (stages > 1 && plan.steps.length > 2 * plan.parallel * stages)
    return { strategy: 'pipeline', why: `${plan.steps.length} steps in ${stages} stages are more than go at once` };
  return { strategy: 'parallel', why: 'nothing speaks against all at once' };
}

/** The strategy in force: the plan's, or what an adaptive run was last adapted to. */
export function strategyOf(run: Run, plan: Plan): keyof typeof strategies {
  if (plan.strategy !== 'adaptive') return plan.strategy;
  const last = factsOf(run, 'adapted').at(-1)?.fact.strategy ?? 'parallel';
  return last === 'adaptive' ? 'parallel' : last;
}
