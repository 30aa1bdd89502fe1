import { sessionResultSchema, type Session, type SessionDetail, type SessionMessage } from '../../schemas/run.ts';
import type { Cost } from '../core/agent.ts';
import type { FactOf } from './facts.ts';
import { factOf, factsOf } from './fold.ts';
import type { Held, Run } from './run.ts';
import { mapCost, planOf, remaining, viewsOf, type StepView } from './steps.ts';

/** The run as a whole; undefined where nobody asked for it. */
export function sessionOf(run: Run): Session | undefined {
  const requested = factOf(run, 'requested');
  if (!requested) return undefined;
  const { id, org, entity, kind, goal, asOf, by, alert = null } = requested.fact.request;
  const ended = factOf(run, 'run-ended');
  return {
    id,
    org,
    entity,
    kind,
    goal,
    asOf,
    by,
    alert,
    status: ended?.fact.outcome ?? (factOf(run, 'admitted') ? 'under-way' : 'waiting'),
    why: ended?.fact.why ?? null,
    requestedAt: new Date(requested.at).toISOString(),
    endedAt: ended ? new Date(ended.at).toISOString() : null,
  };
}

/** The run with its steps, what waits for approval, and its result. */
export function detailOf(run: Run): SessionDetail | undefined {
  const session = sessionOf(run);
  if (!session) return undefined;
  const result = factOf(run, 'result-synthesised')?.fact.result;
  const plan = planOf(run);
  const wanted = factOf(run, 'requested')?.fact.request.wanted;
  return {
    session,
    strategy: plan?.strategy ?? null,
    budget: plan ? { limit: plan.budget, spent: spentOf(plan.budget, remaining(run)) } : null,
    pattern: plan?.pattern?.name ?? null,
    parent: factOf(run, 'requested')?.fact.request.parent?.run ?? null,
    ...(wanted && { wanted: [...wanted] }),
    steps: viewsOf(run).map((view) => stepOf(run, view)),
    people: factsOf(run, 'person-asked').map((held) => askedOf(run, held)),
    messages: messagesOf(run),
    context: factOf(run, 'context-attached')?.fact.context ?? null,
    result: result ? sessionResultSchema.parse(result) : null,
  };
}

function askedOf(
  run: Run,
  { fact: { step, why, task }, at }: Held<FactOf<'person-asked'>>,
): SessionDetail['people'][number] {
  const { personMs = 0 } = factOf(run, 'requested')?.fact.request.limits ?? {};
  const answer = factOf(run, 'person-answered', step)?.fact;
  return {
    step,
    why,
    arguments: { ...task },
    askedAt: new Date(at).toISOString(),
    until: new Date(at + personMs).toISOString(),
    answer: answer ? { by: answer.by, done: answer.done, why: answer.why } : null,
  };
}

export const messagesOf = (run: Run): SessionMessage[] =>
  factsOf(run, 'message-sent').map(({ fact: { fact: _, ...message }, at }) => ({
    ...message,
    at: new Date(at).toISOString(),
  }));

const spentOf = (limit: Cost, left: Cost): Cost => mapCost((unit) => limit[unit] - left[unit]);

const timeOf = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString());

function stepOf(run: Run, { step, status, attempts, finished }: StepView): SessionDetail['steps'][number] {
  const { id, skill, goal, needs } = step;
  const ending =
    factOf(run, 'step-degraded', id) ?? factOf(run, 'step-skipped', id) ?? factOf(run, 'step-given-up', id);
  const asked = factOf(run, 'approval-requested', id)?.fact;
  const by = (kind: 'approval-granted' | 'approval-denied') =>
    factsOf(run, kind).flatMap(({ fact }) => (fact.step === id ? [fact.by] : []));
  return {
    id,
    skill,
    goal,
    needs: [...needs],
    status,
    attempts: attempts.length,
    startedAt: timeOf(attempts[0]?.startedAt ?? attempts[0]?.scheduled.at),
    endedAt: timeOf(status === 'finished' ? finished?.at : ending?.at),
    findings: finished?.fact.report.insights.length ?? 0,
    abstained: finished?.fact.report.abstained ?? null,
    agent: attempts.at(-1)?.scheduled.fact.agent ?? null,
    child: attempts.at(-1)?.scheduled.fact.child ?? null,
    why: ending?.fact.why ?? null,
    approval: asked
      ? {
          argumentsHash: asked.argumentsHash,
          arguments: { ...asked.task },
          grants: by('approval-granted'),
          denials: by('approval-denied'),
        }
      : null,
  };
}
