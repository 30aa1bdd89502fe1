import { z } from 'zod';
import { sessionDetailSchema, sessionSchema, type Session, type SessionDetail } from '../../../schemas/run.ts';
import type { LookedInto } from '../../simulate/explained.ts';

/** A run that has ended, as the demo tells of it. */
export interface EndedRun extends LookedInto {
  readonly status: Session['status'];
  readonly why: string | null;
  /** From its request to its end, ms. */
  readonly tookMs: number;
  readonly steps: number;
  /** Steps for which a person was asked. */
  readonly approvals: number;
}

/** What became of the runs, as `--json` says it. `completed`, `failed` and `undone` are `total` once none is cancelled, refused or under way. */
export interface RunCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly undone: number;
  readonly steps: number;
  readonly approvals: number;
}

export interface RunWatch {
  /** Looks at the runs as they are now, one look at a time, and tells of those that are new and those that ended. */
  look(): Promise<{ readonly total: number; readonly underWay: number }>;
  readonly ended: readonly EndedRun[];
  readonly underWay: readonly Session[];
}

export interface RunWatchDeps {
  /** `GET` of an address of the daemon. */
  get(path: string): Promise<unknown>;
  began(run: Session): void;
  ended(run: EndedRun): void;
}

const path = '/api/v1/orchestration/sessions';
const pageMax = 200;

/** Sees runs as anybody would: over HTTP. */
export function createRunWatch({ get, began, ended }: RunWatchDeps): RunWatch {
  const open = new Map<string, Session>();
  const over = new Map<string, EndedRun>();

  async function see(session: Session): Promise<void> {
    if (over.has(session.id)) return;
    if (!open.has(session.id)) began(session);
    open.set(session.id, session);
    if (session.endedAt === null) return;
    const run = endedRun(sessionDetailSchema.parse(await get(`${path}/${session.id}`)));
    open.delete(session.id);
    over.set(session.id, run);
    ended(run);
  }

  async function lookNow() {
    const sessions: Session[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const after: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page = pageSchema.parse(await get(`${path}?limit=${pageMax}${after}`));
      sessions.push(...page.sessions);
      cursor = page.next;
    }
    for (const session of sessions.toReversed()) await see(session);
    return { total: open.size + over.size, underWay: open.size };
  }

  let looking: ReturnType<typeof lookNow> | undefined;
  return {
    look: () => (looking ??= lookNow().finally(() => (looking = undefined))),
    get ended() {
      return [...over.values()];
    },
    get underWay() {
      return [...open.values()];
    },
  };
}

export function countsOf(runs: readonly EndedRun[], underWay: number): RunCounts {
  const ending = (status: EndedRun['status']) => runs.filter((run) => run.status === status).length;
  const sum = (of: (run: EndedRun) => number) => runs.reduce((before, run) => before + of(run), 0);
  return {
    total: runs.length + underWay,
    completed: ending('completed'),
    failed: ending('failed'),
    undone: ending('undone'),
    steps: sum(({ steps }) => steps),
    approvals: sum(({ approvals }) => approvals),
  };
}

const pageSchema = z.object({ sessions: z.array(sessionSchema), next: z.string().nullable() });

function endedRun({ session, steps, result }: SessionDetail): EndedRun {
  const { id, kind, entity, asOf, status, why, requestedAt, endedAt } = session;
  return {
    id,
    kind,
    entity,
    asOf,
    status,
    why,
    tookMs: Date.parse(endedAt ?? requestedAt) - Date.parse(requestedAt),
    steps: steps.length,
    approvals: steps.filter(({ approval }) => approval !== null).length,
    findings: result?.findings ?? [],
  };
}
