import type { Session, SessionFilter } from '../../schemas/run.ts';
import { WeirError } from '../core/errors.ts';
import type { Entry } from './facts.ts';
import { fold, noRun } from './fold.ts';
import { sessionOf } from './session-view.ts';

export interface SessionPage {
  readonly sessions: readonly Session[];
  /** For the page after it; null where this is the last. */
  readonly next: string | null;
  /** False while it is still being read what there was before the start. */
  readonly complete: boolean;
}

/** Hears that something was recorded of a run; it may be nothing new. */
export interface Bell {
  /** Resolves when it rang since the last time, when it is stopped, or when the signal aborts. */
  rung(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** The newest runs of each organisation, in memory, as RUNS tells of them. */
export interface Register {
  /** The next entry of a run, in the order of the log. */
  saw(org: string, run: string, entry: Entry, sequence: number): void;
  /** Those that are kept of an organisation, the newest last. */
  of(org: string): readonly Session[];
  /** Goes on from what was seen before. */
  restore(org: string, sessions: readonly Session[]): void;
  /** The newest first. Throws nothing: a cursor of a run that is not known gives an empty page. */
  list(filter: SessionFilter): SessionPage;
  /** Throws `too-many` beyond 1,000 of them. */
  listen(org: string, id: string): Bell;
  /** Nobody waits for a bell from here on. */
  stop(): void;
}

/** Of each organisation; the oldest go first. */
export const keptPerOrg = 1_000;
const bellsMax = 1_000;

/** `complete`: whether all that there was before the start has been read. */
export function createRegister(complete: () => boolean): Register {
  const orgs = new Map<string, Map<string, Session>>();
  const bells = createBells();

  return {
    listen: bells.listen,
    stop: bells.stop,
    of: (org) => [...(orgs.get(org)?.values() ?? [])],
    restore: (org, sessions) => void orgs.set(org, new Map(sessions.map((session) => [session.id, session]))),
    saw(org, id, entry, sequence) {
      bells.ring(org, id);
      const kept = orgs.get(org) ?? new Map<string, Session>();
      orgs.set(org, kept);
      const before = kept.get(id);
      if (!before) {
        const session = sessionOf(fold(noRun, entry, sequence));
        if (!session) return;
        kept.set(id, session);
        const [oldest] = kept.keys();
        if (kept.size > keptPerOrg && oldest !== undefined) kept.delete(oldest);
        return;
      }
      for (const fact of entry.facts) {
        if (before.endedAt !== null) return;
        if (fact.fact === 'admitted') kept.set(id, { ...before, status: 'under-way' });
        if (fact.fact === 'run-ended') {
          kept.set(id, { ...before, status: fact.outcome, why: fact.why, endedAt: new Date(entry.at).toISOString() });
        }
      }
    },
    list({ org, status, entity, limit, before }) {
      const newest = [...(orgs.get(org)?.values() ?? [])].toReversed();
      const from = before === undefined ? 0 : newest.findIndex(({ id }) => id === before) + 1;
      const found = (before !== undefined && from === 0 ? [] : newest.slice(from)).filter(
        (each) => (status?.includes(each.status) ?? true) && (entity === undefined || each.entity === entity),
      );
      const sessions = found.slice(0, limit);
      const next = found.length > limit ? (sessions.at(-1)?.id ?? null) : null;
      return { sessions, next, complete: complete() };
    },
  };
}

function createBells() {
  const hung = new Map<string, Set<() => void>>();
  const stopped = new AbortController();
  let count = 0;

  return {
    ring(org: string, id: string): void {
      for (const ring of hung.get(`${org}/${id}`) ?? []) ring();
    },
    stop: () => stopped.abort(),
    listen(org: string, id: string): Bell {
      if (count >= bellsMax) throw new WeirError('too-many', `${bellsMax} readers follow runs. Try again later.`);
      count += 1;
      const asleep = (): void => {};
      let [rang, wake] = [false, asleep];
      const ring = (): void => {
        rang = true;
        wake();
      };
      const key = `${org}/${id}`;
      const same = hung.get(key) ?? new Set();
      hung.set(key, same.add(ring));
      return {
        rung: (signal) =>
          new Promise((resolve) => {
            const ends = [signal, stopped.signal];
            const woken = (): void => {
              for (const end of ends) end.removeEventListener('abort', woken);
              [rang, wake] = [false, asleep];
              resolve();
            };
            wake = woken;
            for (const end of ends) end.addEventListener('abort', woken, { once: true });
            if (rang || ends.some(({ aborted }) => aborted)) woken();
          }),
        close() {
          if (!same.delete(ring)) return;
          count -= 1;
          if (same.size === 0) hung.delete(key);
        },
      };
    },
  };
}
