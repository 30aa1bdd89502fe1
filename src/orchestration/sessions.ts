import { randomUUID } from 'node:crypto';
import { sessionResultSchema, type Session, type SessionDetail, type SessionMessage } from '../../schemas/run.ts';
import type { Clock } from '../core/clock.ts';
import { WeirError } from '../core/errors.ts';
import { idOf } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Log } from '../log/log.ts';
import type { FactOf } from './facts.ts';
import { factOf, factsOf } from './fold.ts';
import { loadRun } from './load.ts';
import { everybody, messagesMax } from './messages.ts';
import { personAt } from './people.ts';
import type { Risk } from './policy.ts';
import { defaultLimits, type Held, type Pattern, type Run, type RunLimits, type RunRequest } from './run.ts';
import { startRun, tellRun } from './start.ts';
import { planOf, viewsOf, type StepView } from './steps.ts';

/** What a person asks for. */
export interface SessionRequest {
  readonly org: string;
  readonly by: string;
  readonly kind: string;
  readonly goal: string;
  readonly entity: string | null;
  /** RFC 3339; absent: now. */
  readonly asOf?: string;
  /** Asked again under the same key, it is the same run. */
  readonly key?: string;
  readonly pattern?: Pattern;
  readonly risk?: Risk;
}

export interface ApprovalAnswer {
  readonly org: string;
  readonly by: string;
  readonly step: string;
  readonly argumentsHash: string;
  readonly decision: 'grant' | 'deny';
  readonly why: string;
}

/** What a person says who was asked to take over a step. */
export interface PersonAnswer {
  readonly org: string;
  readonly by: string;
  readonly step: string;
  readonly done: boolean;
  readonly why: string;
  /** What came of it: what steps after it are given. */
  readonly output: JsonObject;
}

export interface SentMessage {
  readonly org: string;
  readonly by: string;
  readonly session: string;
  readonly to: string;
  readonly text: string;
  /** Sent again under the same key, it is the same message. */
  readonly key?: string;
}

/** What people see and say of runs. */
export interface Sessions {
  get(org: string, id: string): Promise<SessionDetail | undefined>;
  create(request: SessionRequest): Promise<Session>;
  /** Rejects with `not-found`, or with `version-conflict` where it has ended. */
  cancel(org: string, id: string, by: string, why: string): Promise<SessionDetail>;
  /** Rejects as `cancel`, and with `version-conflict` where no such approval is asked for. */
  approve(id: string, answer: ApprovalAnswer): Promise<SessionDetail>;
  /** Rejects as `cancel`, and with `version-conflict` where nobody is asked to take over that step, or somebody did. */
  answer(id: string, answer: PersonAnswer): Promise<SessionDetail>;
  /** Rejects as `cancel`, with `request-malformed` where nobody is called so, and with `version-conflict` after `messagesMax`. */
  communicate(message: SentMessage): Promise<SessionMessage>;
}

/** `agents`: the names of those there are. */
export function createSessions(
  log: Log,
  clock: Clock,
  limits: RunLimits = defaultLimits,
  agents: readonly string[] = [],
): Sessions {
  async function openRun(org: string, id: string): Promise<Run> {
    const run = await loadRun(log, org, id);
    if (!factOf(run, 'requested')) throw new WeirError('not-found', `There is no session ${id}.`);
    const ended = factOf(run, 'run-ended')?.fact;
    if (ended) throw new WeirError('version-conflict', `The session has ended: it is ${ended.outcome}.`);
    return run;
  }

  async function detailAt(org: string, id: string): Promise<SessionDetail | undefined> {
    return detailOf(await loadRun(log, org, id));
  }

  async function known(org: string, id: string): Promise<SessionDetail> {
    const detail = await detailAt(org, id);
    if (!detail) throw new WeirError('not-found', `There is no session ${id}.`);
    return detail;
  }

  return {
    get: detailAt,
    async create({ org, by, kind, goal, entity, asOf, key, ...how }) {
      const id = idOf('run', org, 'by', by, key ?? randomUUID());
      const request: RunRequest = {
        id,
        org,
        entity,
        kind,
        goal,
        asOf: asOf ?? new Date(clock.now()).toISOString(),
        context: {},
        by,
        settleMs: 0,
        parent: null,
        limits,
        ...how,
      };
      await startRun(log, clock, request);
      return (await known(org, id)).session;
    },
    async cancel(org, id, by, why) {
      await openRun(org, id);
      await tellRun(log, clock, org, id, { fact: 'cancel-requested', by, why });
      return known(org, id);
    },
    async approve(id, { org, by, step, argumentsHash, decision, why }) {
      const asked = factOf(await openRun(org, id), 'approval-requested', step)?.fact;
      if (asked?.argumentsHash !== argumentsHash) {
        throw new WeirError('version-conflict', 'No approval of these arguments is asked for at this step.');
      }
      const fact = decision === 'grant' ? 'approval-granted' : 'approval-denied';
      await tellRun(log, clock, org, id, { fact, step, argumentsHash, by, why });
      return known(org, id);
    },
    async answer(id, { org, ...answer }) {
      if (personAt(await openRun(org, id), answer.step) !== 'asked') {
        throw new WeirError('version-conflict', 'Nobody is asked to take over this step, or somebody has answered.');
      }
      await tellRun(log, clock, org, id, { fact: 'person-answered', ...answer });
      return known(org, id);
    },
    async communicate({ org, by, session, to, text, key }) {
      const run = await openRun(org, session);
      const steps = planOf(run)?.steps ?? [];
      const isKnown =
        to === everybody || agents.includes(to) || steps.some(({ id, skill }) => id === to || skill === to);
      if (!isKnown) throw new WeirError('request-malformed', `There is no agent, step or skill ${to} in this session.`);
      if (factsOf(run, 'message-sent').length >= messagesMax) {
        throw new WeirError('version-conflict', `The session has its ${messagesMax} messages.`);
      }
      const from = `person:${by}`;
      const message = { id: idOf('message', session, by, key ?? randomUUID()), from, to, text };
      await tellRun(log, clock, org, session, { fact: 'message-sent', ...message });
      return (
        messagesOf(await loadRun(log, org, session)).find(({ id }) => id === message.id) ?? {
          ...message,
          at: new Date(clock.now()).toISOString(),
        }
      );
    },
  };
}

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

function detailOf(run: Run): SessionDetail | undefined {
  const session = sessionOf(run);
  if (!session) return undefined;
  const result = factOf(run, 'result-synthesised')?.fact.result;
  return {
    session,
    strategy: planOf(run)?.strategy ?? null,
    pattern: planOf(run)?.pattern?.name ?? null,
    parent: factOf(run, 'requested')?.fact.request.parent?.run ?? null,
    steps: viewsOf(run).map((view) => stepOf(run, view)),
    people: factsOf(run, 'person-asked').map((held) => askedOf(run, held)),
    messages: messagesOf(run),
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

const messagesOf = (run: Run): SessionMessage[] =>
  factsOf(run, 'message-sent').map(({ fact: { fact: _, ...message }, at }) => ({
    ...message,
    at: new Date(at).toISOString(),
  }));

function stepOf(run: Run, { step, status, attempts }: StepView): SessionDetail['steps'][number] {
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
