import { randomUUID } from 'node:crypto';
import type {
  ApprovalAnswer,
  Session,
  SessionDetail,
  SessionMessage,
  SessionReplay,
  SessionRequest,
} from '../../schemas/run.ts';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/clock.ts';
import { WeirError } from '../core/errors.ts';
import { idOf } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import { budgetOf } from './deciders.ts';
import { factOf, factsOf, noRun } from './fold.ts';
import { entriesOf, loadRun } from './load.ts';
import { everybody, messagesMax } from './messages.ts';
import { personAt } from './people.ts';
import { replayed } from './replay.ts';
import { defaultLimits, type Run, type RunLimits, type RunRequest } from './run.ts';
import { detailOf, messagesOf } from './session-view.ts';
import { planOf } from './steps.ts';
import { startRun, tellRun } from './start.ts';

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
  /** Rejects with `too-many` where as many runs wait for people as may, unless it was asked for already. */
  create(request: SessionRequest): Promise<Session>;
  /** Rejects with `not-found`, or with `version-conflict` where it has ended. */
  cancel(org: string, id: string, by: string, why: string): Promise<SessionDetail>;
  /** Rejects as `cancel`, and with `version-conflict` where no such approval is asked for. */
  approve(id: string, answer: ApprovalAnswer): Promise<SessionDetail>;
  /** Rejects as `cancel`, and with `version-conflict` where nobody is asked to take over that step, or somebody did. */
  answer(id: string, answer: PersonAnswer): Promise<SessionDetail>;
  /** Rejects as `cancel`, with `request-malformed` where nobody is called so, and with `version-conflict` after `messagesMax`. */
  communicate(message: SentMessage): Promise<SessionMessage>;
  /** Folds what is recorded again, and decides again; asks nobody. Undefined where there is no such run. */
  replay(org: string, id: string): Promise<SessionReplay | undefined>;
}

/** How many runs of an organisation wait for people, and how many may where somebody asks for another. */
export interface Parked {
  readonly max: number;
  of(org: string): number;
}

const unbounded: Parked = { max: Infinity, of: () => 0 };

/** Runs kept as they were last read: one looked at again costs no more than what is new of it. Each may be a megabyte. */
const keptMax = 64;

/** `agents`: the names of those there are. */
export function createSessions(
  log: Log,
  clock: Clock,
  limits: RunLimits = defaultLimits,
  agents: readonly string[] = [],
  parked: Parked = unbounded,
): Sessions {
  const kept = new LRUCache<string, Run>({ max: keptMax });

  async function load(org: string, id: string): Promise<Run> {
    const subject = subjects.run(org, id);
    const run = await loadRun(log, org, id, kept.get(subject));
    if (run !== noRun) kept.set(subject, run);
    return run;
  }

  async function openRun(org: string, id: string): Promise<Run> {
    const run = await load(org, id);
    if (!factOf(run, 'requested')) throw new WeirError('not-found', `There is no session ${id}.`);
    const ended = factOf(run, 'run-ended')?.fact;
    if (ended) throw new WeirError('version-conflict', `The session has ended: it is ${ended.outcome}.`);
    return run;
  }

  async function detailAt(org: string, id: string): Promise<SessionDetail | undefined> {
    return detailOf(await load(org, id));
  }

  async function known(org: string, id: string): Promise<SessionDetail> {
    const detail = await detailAt(org, id);
    if (!detail) throw new WeirError('not-found', `There is no session ${id}.`);
    return detail;
  }

  return {
    get: detailAt,
    async create({ org, by, kind, goal, entity, asOf, key, input = {}, budget, ...how }) {
      const id = idOf('run', org, 'by', by, key ?? randomUUID());
      if (parked.of(org) >= parked.max && !factOf(await load(org, id), 'requested')) throw tooMany(parked.max);
      const request: RunRequest = {
        id,
        org,
        entity,
        kind,
        goal,
        asOf: asOf ?? new Date(clock.now()).toISOString(),
        context: input,
        by,
        settleMs: 0,
        parent: null,
        limits,
        ...how,
        ...(budget && { budget: { ...budgetOf(kind), ...budget } }),
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
        messagesOf(await load(org, session)).find(({ id }) => id === message.id) ?? {
          ...message,
          at: new Date(clock.now()).toISOString(),
        }
      );
    },
    async replay(org, id) {
      const entries = await entriesOf(log, org, id);
      return entries.length === 0 ? undefined : replayed(entries);
    },
  };
}

const tooMany = (max: number) =>
  new WeirError(
    'too-many',
    `${max} runs or more wait for people. Answer, approve or cancel some of them first, or raise \`runs.parkedPerOrg\`.`,
  );
