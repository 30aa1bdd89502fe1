import { openKind } from '../../schemas/run.ts';
import { notItsOwn } from './breaker.ts';
import { isObject } from '../core/read.ts';
import type { Fact, FactOf } from './facts.ts';
import { foundBy, verifiedBy, type Found } from './found.ts';
import { subjectOf, type Outcome } from './posteriors.ts';
import { modelAgent, outcomesOfCalls } from './providers-learnt.ts';
import type { Answered } from './registry.ts';
import { timers } from './steps.ts';
import { closed, groundsOf, nothing, plannedBy, type Followed, type Trail } from './trail.ts';

/** A run's trail after the next fact of its log, and what the fact teaches. */
export function followed(trail: Trail, fact: Fact, at: number): Followed {
  switch (fact.fact) {
    case 'context-attached':
      return attached(trail, fact, at);
    case 'plan-decided':
      return trail.strategy === null ? silent({ ...trail, ...plannedBy(fact) }) : silent(trail);
    case 'adapted':
      return silent({ ...trail, strategy: fact.strategy });
    case 'step-scheduled':
      return scheduled(trail, fact, at);
    case 'step-finished':
      return finished(trail, fact, at);
    case 'step-failed':
      return failed(trail, fact, at);
    case 'timer':
      return timedOut(trail, fact, at);
    case 'approval-granted':
    case 'approval-denied':
      return answered(trail, fact);
    case 'step-degraded':
    case 'step-skipped':
    case 'step-given-up':
      return leftOff(trail, fact.step);
    case 'run-ended':
      return ended(trail, fact, at);
    case 'requested':
    case 'admitted':
    case 'approval-requested':
    case 'step-unassigned':
    case 'step-started':
    case 'step-gathered':
    case 'step-reassigned':
    case 'person-asked':
    case 'person-answered':
    case 'message-sent':
    case 'budget-refused':
    case 'handed-over':
    case 'cancel-requested':
    case 'compensating':
    case 'result-synthesised':
      break;
  }
  return silent(trail);
}

const silent = (trail: Trail): Followed => ({ trail, teaches: nothing });

const keyOf = (step: string, attempt: number): string => `${step} ${attempt}`;

/** What models were asked for before the plan. A run under another is given what that one asked for. */
function attached(trail: Trail, { context }: FactOf<'context-attached'>, at: number): Followed {
  const { kind, parent } = trail.request;
  if (parent || trail.isAttached) return silent(trail);
  const { embedded = null } = context;
  const outcomes = [
    ...(isObject(embedded) && !trail.saysEmbedded ? outcomesOfCalls(embedded, at) : []),
    // Where nothing is proposed, the context is what others wrote.
    ...(kind === openKind ? outcomesOfCalls(context, at) : []),
  ];
  return { trail: { ...trail, isAttached: true }, teaches: { ...nothing, outcomes } };
}

const ofStep = ({ request: { id: run }, steps }: Trail, step: string): Answered => ({
  run,
  step,
  skill: steps.get(step)?.skill ?? '',
});

function scheduled(trail: Trail, fact: FactOf<'step-scheduled'>, at: number): Followed {
  const { step, attempt: number, agent, agentVersion: version } = fact;
  const key = keyOf(step, number);
  // A run of its own teaches of itself.
  if (fact.child !== undefined) {
    return silent({ ...trail, children: new Map(trail.children).set(fact.child, { step, number }) });
  }
  if (trail.attempts.has(key)) return silent(trail);
  const attempts = new Map(trail.attempts).set(key, { step, agent, version, number, at, open: true });
  return {
    trail: { ...trail, attempts },
    teaches: { ...nothing, changes: [{ change: 'dispatched', agent, version }] },
  };
}

function finished(trail: Trail, fact: FactOf<'step-finished'>, at: number): Followed {
  const { step, attempt, report, tookMs, spent } = fact;
  const by = trail.attempts.get(keyOf(step, attempt));
  if (trail.finished.has(step)) return silent(trail);
  if (!by) return finishedBelow(trail, fact);
  const { agent, version } = by;
  // Other attempts at it no longer matter: whatever they say, nobody listens.
  const others = [...trail.attempts].filter(([, each]) => each.step === step && each.open && each !== by);
  const attempts = closed(trail, [...others.map(([key]) => key), keyOf(step, attempt)]);
  const skill = trail.steps.get(step)?.skill ?? '';
  // An answer that is used again teaches nothing new: neither how the agent did, nor what it found.
  const isNew = fact.reused === undefined;
  const of = ofStep(trail, step);
  const found = isNew ? foundBy(trail, { step, skill, agent }, report) : [];
  return {
    trail: { ...withReport(trail, fact), attempts },
    teaches: {
      ...nothing,
      // Of an attempt that was taken for dead it is known already.
      outcomes: [
        ...(by.open && isNew ? [outcomeOf(agent, skill, true, tookMs, spent.money, at)] : []),
        ...(isNew && agent === modelAgent ? outcomesOfCalls(report.output, at) : []),
      ],
      changes: [
        ...others.map(([, each]) => ({ change: 'released', agent: each.agent, version: each.version }) as const),
        ...(by.open && isNew
          ? [{ change: 'answered', agent, version, fault: null, retryAfterMs: null, of } as const]
          : []),
        ...(by.open && !isNew ? [{ change: 'released', agent, version } as const] : []),
      ],
      found,
      judged: verifiedBy(skill, report, Date.parse(trail.request.asOf)),
    },
  };
}

/** What its agents did and found is known of the run that did the step. */
function finishedBelow(trail: Trail, fact: FactOf<'step-finished'>): Followed {
  const { step, attempt } = fact;
  const child = [...trail.children].find(([, each]) => each.step === step && each.number === attempt);
  if (!child) return silent(trail);
  return silent({ ...withReport(trail, fact), below: new Map(trail.below).set(step, child[0]) });
}

/** It teaches of itself, but what it spent is money of this run all the same. */
function failedBelow(trail: Trail, { step, attempt, spent }: FactOf<'step-failed'>): Followed {
  const others = [...trail.children].filter(([, each]) => each.step !== step || each.number !== attempt);
  if (others.length === trail.children.size) return silent(trail);
  return silent({ ...trail, children: new Map(others), money: trail.money + spent.money });
}

function withReport(trail: Trail, { step, report, spent }: FactOf<'step-finished'>): Trail {
  const skill = trail.steps.get(step)?.skill ?? '';
  return {
    ...trail,
    finished: new Set(trail.finished).add(step),
    skills: report.abstained === null ? [...trail.skills, skill] : trail.skills,
    hasFound: trail.hasFound || report.insights.length > 0,
    money: trail.money + spent.money,
  };
}

function failed(trail: Trail, fact: FactOf<'step-failed'>, at: number): Followed {
  const { step, attempt, fault, tookMs, spent, retryAfterMs } = fact;
  const by = trail.attempts.get(keyOf(step, attempt));
  if (!by) return failedBelow(trail, fact);
  if (!by.open) return silent(trail);
  const { agent, version } = by;
  const skill = trail.steps.get(step)?.skill ?? '';
  return {
    trail: { ...trail, attempts: closed(trail, [keyOf(step, attempt)]), money: trail.money + spent.money },
    teaches: {
      ...nothing,
      outcomes: notItsOwn.has(fault) ? [] : [outcomeOf(agent, skill, false, tookMs, spent.money, at)],
      changes: [{ change: 'answered', agent, version, fault, retryAfterMs, of: ofStep(trail, step) }],
    },
  };
}

/** Nobody said anything of an attempt for too long. */
function timedOut(trail: Trail, { name }: FactOf<'timer'>, at: number): Followed {
  const late = [...trail.attempts].find(([, { open, step, number }]) => open && name === timers.attempt(step, number));
  if (!late) return silent(trail);
  const [key, { step, agent, version, at: since }] = late;
  const skill = trail.steps.get(step)?.skill ?? '';
  return {
    trail: { ...trail, attempts: closed(trail, [key]) },
    teaches: {
      ...nothing,
      outcomes: [outcomeOf(agent, skill, false, Math.max(0, at - since), 0, at)],
      changes: [
        { change: 'answered', agent, version, fault: 'timed-out', retryAfterMs: null, of: ofStep(trail, step) },
      ],
    },
  };
}

/** What a person grants rests on findings they believe; what they deny, on findings they do not. Their first word counts. */
function answered(trail: Trail, { fact, step }: FactOf<'approval-granted' | 'approval-denied'>): Followed {
  if (trail.approved.has(step)) return silent(trail);
  const { steps, runs } = groundsOf(trail, step);
  const isOf = ({ run, step, above }: Found) =>
    steps.has(`${run} ${step}`) || [run, ...above].some((each) => runs.has(each));
  return {
    trail: { ...trail, approved: new Set(trail.approved).add(step) },
    teaches: { ...nothing, judged: [{ cameTrue: fact === 'approval-granted', isOf }] },
  };
}

/** The step is over without them: that attempts at it end now, or are stopped, says nothing of their agents. */
function leftOff(trail: Trail, step: string): Followed {
  const open = [...trail.attempts].filter(([, each]) => each.step === step && each.open);
  if (open.length === 0) return silent(trail);
  const attempts = closed(
    trail,
    open.map(([key]) => key),
  );
  const changes = open.map(([, { agent, version }]) => ({ change: 'released', agent, version }) as const);
  return { trail: { ...trail, attempts }, teaches: { ...nothing, changes } };
}

function ended(
  { request, requestedAt, strategy, pattern, attempts, skills, hasFound, money }: Trail,
  fact: FactOf<'run-ended'>,
  at: number,
): Followed {
  const { outcome } = fact;
  const open = [...attempts.values()].filter((each) => each.open);
  const changes = open.map(({ agent, version }) => ({ change: 'released', agent, version }) as const);
  // That somebody stopped it says nothing of it.
  if (strategy === null || outcome === 'cancelled' || outcome === 'refused') {
    return { trail: null, teaches: { ...nothing, changes } };
  }
  const succeeded = outcome === 'completed';
  const latencyMs = Math.max(0, at - requestedAt);
  const subjects = [subjectOf('strategy', strategy, request.kind), ...(pattern === null ? [] : [pattern])];
  return {
    trail: null,
    teaches: {
      ...nothing,
      changes,
      outcomes: subjects.map((subject) => ({ subject, succeeded, latencyMs, money, at })),
      past: { kind: request.kind, skills, succeeded: succeeded && hasFound },
    },
  };
}

const outcomeOf = (
  agent: string,
  skill: string,
  succeeded: boolean,
  latencyMs: number,
  money: number,
  at: number,
): Outcome => ({ subject: subjectOf('agent', agent, skill), succeeded, latencyMs, money, at });
