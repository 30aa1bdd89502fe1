import type { Session } from '../../schemas/run.ts';
import type { Service } from '../core/service.ts';
import type { Log, LogMessage, LogReader } from '../log/log.ts';
import { decodeEntry } from './facts.ts';
import { fold, noRun } from './fold.ts';
import { sessionOf } from './sessions.ts';

export interface RegisterDeps {
  readonly log: Log;
  /** Called when it cannot go on: the log is not the one it read. */
  failed(error: unknown): void;
}

export interface SessionPage {
  readonly sessions: readonly Session[];
  /** For the page after it; null where this is the last. */
  readonly next: string | null;
  /** False while it is still being read what there was before the start. */
  readonly complete: boolean;
}

export interface SessionFilter {
  readonly org: string;
  readonly status?: readonly Session['status'][];
  readonly entity?: string;
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
}

/** The newest runs of each organisation, in memory, as RUNS tells of them. */
export interface Register extends Service {
  /** The newest first. Throws nothing: a cursor of a run that is not known gives an empty page. */
  list(filter: SessionFilter): SessionPage;
}

/** Of each organisation; the oldest go first. */
export const keptPerOrg = 1_000;
const batchSize = 512;

export function createRegister({ log, failed }: RegisterDeps): Register {
  const orgs = new Map<string, Map<string, Session>>();
  const stopping = new AbortController();
  let reader: LogReader | undefined;
  let reading: Promise<void> = Promise.resolve();
  let [readTo, wanted] = [0, 0];

  function see({ subject, data, sequence }: LogMessage): void {
    readTo = sequence;
    const [, kind, org = '', id = ''] = subject.split('.');
    if (kind !== 'runs') return;
    const kept = orgs.get(org) ?? new Map<string, Session>();
    orgs.set(org, kept);
    const before = kept.get(id);
    const entry = decodeEntry(data);
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
  }

  async function read(): Promise<void> {
    for (;;) {
      const messages = await reader?.next();
      if (!messages || messages.length === 0) return;
      for (const message of messages) see(message);
    }
  }

  return {
    name: 'sessions',
    list({ org, status, entity, limit, before }) {
      const newest = [...(orgs.get(org)?.values() ?? [])].toReversed();
      const from = before === undefined ? 0 : newest.findIndex(({ id }) => id === before) + 1;
      const found = (before !== undefined && from === 0 ? [] : newest.slice(from)).filter(
        (each) => (status?.includes(each.status) ?? true) && (entity === undefined || each.entity === entity),
      );
      const sessions = found.slice(0, limit);
      const next = found.length > limit ? (sessions.at(-1)?.id ?? null) : null;
      return { sessions, next, complete: readTo >= wanted };
    },
    async start() {
      wanted = (await log.info('RUNS')).lastSequence;
      reader = log.read('RUNS', { after: 0, maxMessages: batchSize });
      reading = read().catch((error: unknown) => {
        if (!stopping.signal.aborted) failed(error);
      });
    },
    async stop() {
      stopping.abort();
      await reader?.close();
      await reading;
    },
  };
}
