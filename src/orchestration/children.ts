import { givenTo, type AgentReport, type Cost } from '../core/agent.ts';
import type { FaultKind } from './breaker.ts';
import { insightsSchema } from './carried.ts';
import type { Fact } from './facts.ts';
import { factOf, factsOf } from './fold.ts';
import { givenBy } from './given.ts';
import { aRun, wereAskedBelow } from './ladder.ts';
import { waitedMs, waitsForPerson } from './people.ts';
import { askedFirst, type Outcome, type PlanStep, type Run, type RunLimits, type RunRequest } from './run.ts';
import { mapCost, planOf, remaining, taskOf, viewOf, viewsOf } from './steps.ts';
import { reasonToStop } from './stop.ts';
import { workOf } from './work.ts';

/** A run under a run, as that one wants it. */
export interface Child {
  readonly request: RunRequest;
  readonly step: string;
  readonly attempt: number;
  /** Why it shall stop; undefined while it shall go on. */
  readonly cancel: string | undefined;
}

/** What a run of its own is asked for is a kind of its own: one skill, and what has to be there before it. */
export const skillKind = (skill: string): string => `skill:${skill}`;
export const skillOfKind = (kind: string): string | undefined =>
  kind.startsWith('skill:') ? kind.slice(6) : undefined;

/** The children a run has decided on whose end it has not been told. */
export function childrenOf(run: Run): readonly Child[] {
  const parent = factOf(run, 'requested')?.fact.request;
  if (!parent || factOf(run, 'run-ended')) return [];
  const waited = factsOf(run, 'step-scheduled').filter(
    ({ fact: { step, attempt, child } }) =>
      child !== undefined && !factOf(run, 'step-failed', step, attempt) && !factOf(run, 'step-finished', step),
  );
  return waited.flatMap(({ at, fact: { step: id, attempt, child = '', reserve } }) => {
    const step = planOf(run)?.steps.find((each) => each.id === id);
    const task = step && taskOf(run, step);
    if (!step || !task) return [];
    const request: RunRequest = {
      id: child,
      org: parent.org,
      entity: parent.entity,
      kind: skillKind(step.skill),
      goal: step.goal,
      asOf: parent.asOf,
      // What its agents find in their context: that of the run above, and what the steps before it gave.
      context: givenTo(task),
      by: `run:${parent.id}`,
      settleMs: 0,
      parent: { run: parent.id, depth: step.child?.depth ?? 1, first: askedFirst(parent) },
      limits: limitsOf(run, parent.limits, step, at),
      ...(parent.risk && { risk: parent.risk }),
      budget: reserve,
    };
    const isOpen = viewOf(run, step).status === 'under-way';
    return [{ request, step: id, attempt, cancel: reasonToStop(run) ?? (isOpen ? undefined : `${id} is over`) }];
  });
}

/** It has the time that is left to the run above, which does not end before it. Nobody is asked for what that one can do without. */
function limitsOf(run: Run, { personMs, ...all }: RunLimits, { optional, degraded }: PlanStep, at: number): RunLimits {
  const since = factOf(run, 'admitted')?.at ?? at;
  const limits = { ...all, runMs: Math.min(all.runMs, Math.max(1, since + all.runMs + waitedMs(run, at) - at)) };
  return personMs === undefined || optional || degraded ? limits : { ...limits, personMs };
}

/** Whether a run, and all that is under it, waits for people alone. `get`: runs that have not ended. */
export function waitsForPeopleAlone(run: Run, get: (id: string) => Run | undefined): boolean {
  const below = childrenOf(run);
  if (workOf(run).length > 0 || (below.length === 0 && !waitsForPerson(run))) return false;
  return below.every(({ request: { id } }) => {
    const child = get(id);
    return child !== undefined && waitsForPeopleAlone(child, get);
  });
}

/** What a child's end is to the run above it; undefined while it goes on. */
export function endOfChild(child: Run, { step, attempt }: Child): Fact | undefined {
  const ended = factOf(child, 'run-ended');
  if (!ended) return undefined;
  const { outcome, why } = ended.fact;
  const tookMs = Math.max(0, ended.at - (factOf(child, 'requested')?.at ?? ended.at));
  const waited = Math.min(tookMs, waitedMs(child, ended.at));
  const end = { step, attempt, worker: aRun, tookMs, spent: spentBy(child), ...(waited > 0 && { waitedMs: waited }) };
  if (outcome === 'completed') return { fact: 'step-finished', ...end, report: reportBy(child) };
  // What needed a person's word below is not done above without it.
  const isGuarded = planOf(child)?.steps.some(({ approval }) => approval) === true;
  const fault = isGuarded ? 'refused' : faults[outcome];
  const asked = hasAskedInVain(child) && ({ askedPeople: true } as const);
  return { fact: 'step-failed', ...end, fault, detail: why, retryAfterMs: null, ...asked };
}

/** Whether people were asked to do or to approve what it gave up, here or in a run below. */
const hasAskedInVain = (run: Run): boolean =>
  viewsOf(run).some(
    ({ step, status }) =>
      status === 'given-up' &&
      (step.approval !== undefined ||
        factOf(run, 'person-asked', step.id) !== undefined ||
        wereAskedBelow(run, step.id)),
  );

/** Another may do what was taken back, or never begun; what was neither done nor taken back nobody shall do again. */
const faults: Readonly<Record<Exclude<Outcome, 'completed'>, FaultKind>> = {
  undone: 'invalid',
  refused: 'invalid',
  cancelled: 'refused',
  failed: 'refused',
};

function reportBy(child: Run): AgentReport {
  const result = factOf(child, 'result-synthesised')?.fact.result ?? {};
  const insights = insightsSchema.safeParse(result['findings']).data ?? [];
  return {
    insights,
    abstained: insights.length === 0 ? nothingFound(child) : null,
    output: givenBy(viewsOf(child), planOf(child)?.conflict).given,
    degraded: result['degraded'] === true,
  };
}

/** In the words of the last of its agents that abstained. */
function nothingFound(child: Run): string {
  const whys = viewsOf(child).flatMap(({ finished }) => finished?.fact.report.abstained ?? []);
  return ['its run found nothing', ...whys.slice(-1)].join(': ');
}

/** What its steps reserved and did not give back. */
function spentBy(child: Run): Cost {
  const [budget, left] = [planOf(child)?.budget, remaining(child)];
  return mapCost((unit) => (budget ? Math.max(0, budget[unit] - left[unit]) : 0));
}
