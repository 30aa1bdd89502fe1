import type { AlertTransition } from '../../src/core/alert.ts';
import type { AuditEntry } from '../../src/core/audit.ts';
import type { Commit } from '../../src/core/commit.ts';
import type { DeadLetter } from '../../src/core/dead-letter.ts';
import type { StreamEvent } from '../../src/core/event.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import type { ArchiveHappenings } from '../../src/store/clickhouse/happenings.ts';
import { createClickHouseStore } from '../../src/store/clickhouse/client.ts';
import type { QueryLimits, Store } from '../../src/store/store.ts';
import { aCommit } from './commit.ts';
import { newFolder, removeFolder } from './folder.ts';

/** The embedded store in a folder of its own. One a process at a time: so is the engine. */
export async function openTestStore(): Promise<{
  readonly store: Store;
  readonly path: string;
  close(): Promise<void>;
}> {
  const path = newFolder();
  const store = await createClickHouseStore({ path });
  return {
    store,
    path,
    close: async () => {
      await store.close();
      removeFolder(path);
    },
  };
}

export const testLimits: QueryLimits & { readonly maxConcurrent: number } = {
  maxTimeMs: 10_000,
  maxMemoryBytes: 1024 ** 3,
  maxRows: 10_000,
  maxResultBytes: 16 * 1024 ** 2,
  maxConcurrent: 4,
};

export const anEvent = (given: Partial<StreamEvent> = {}): StreamEvent => ({
  specversion: '1.0',
  id: 'e1',
  source: 'https://api.stripe.com/acct_1',
  type: 'invoice.payment_failed',
  subject: 'in_1',
  time: '2026-03-01T09:00:00.000Z',
  org: 'acme',
  entity: 'account:brightloom',
  origin: 'stripe',
  stream: 'finance',
  receivedAt: '2026-03-01T09:00:02.000Z',
  data: { amount: 4200, currency: 'usd' },
  ...given,
});

export async function appendEvent(log: Log, event: StreamEvent): Promise<void> {
  await appendBytes(log, event, JSON.stringify(event));
}

/** Bytes that claim to be an event. */
export async function appendBytes(log: Log, { org, origin }: StreamEvent, bytes: string): Promise<void> {
  await log.append({ stream: 'EVENTS', subject: subjects.event(0, org, origin), data: Buffer.from(bytes) });
}

export async function appendTimer(log: Log): Promise<void> {
  const data = Buffer.from(JSON.stringify({ timer: 't', org: 'acme', time: '2026-03-01T09:00:00.000Z' }));
  await log.append({ stream: 'EVENTS', subject: subjects.timer(0, 'acme'), data });
}

export async function appendCommit(log: Log, given: Partial<Commit>): Promise<void> {
  const commit = aCommit(given);
  await log.append({ stream: 'SIGNALS', subject: subjects.signals(0), data: Buffer.from(JSON.stringify(commit)) });
}

export const aScore = (given: Partial<Commit['scores'][number]> = {}): Commit['scores'][number] => ({
  id: 's1',
  name: 'customer_health',
  org: 'acme',
  entity: 'account:brightloom',
  subject: null,
  value: 61.5,
  confidence: 0.8,
  contributions: [{ name: 'support', weight: 20, value: 0.5, eventId: 'e1', quote: 'still waiting' }],
  time: '2026-03-01T09:00:00.000Z',
  pipeline: 'customer-health',
  version: 1,
  ...given,
});

export const anInsight = (given: Partial<Commit['insights'][number]> = {}): Commit['insights'][number] => ({
  id: 'i1',
  kind: 'risk',
  org: 'acme',
  entity: 'account:brightloom',
  title: 'Renewal at risk',
  detail: 'Three complaints in a week.',
  expectedValue: -12_000,
  currency: 'EUR',
  confidence: 0.6,
  eventIds: ['e1'],
  time: '2026-03-01T09:00:00.000Z',
  pipeline: 'customer-health',
  version: 1,
  ...given,
});

export const aTask = (given: Partial<Commit['tasks'][number]> = {}): Commit['tasks'][number] => ({
  id: 't1',
  org: 'acme',
  entity: 'account:brightloom',
  goal: 'Find out why they may leave',
  context: { health: 35 },
  pipeline: 'customer-health',
  rule: 'churn-risk',
  time: '2026-03-01T09:00:00.000Z',
  ...given,
});

type TransitionGiven = Partial<Omit<AlertTransition, 'alert'>> & { readonly alert?: Partial<AlertTransition['alert']> };

export const aTransition = ({ alert, ...given }: TransitionGiven = {}): AlertTransition => ({
  transition: 'opened',
  by: 'pipeline:customer-health',
  why: 'health fell below 40',
  at: '2026-03-01T09:00:00.000Z',
  cause: 'e1',
  receivedAt: '2026-03-01T09:00:02.000Z',
  ...given,
  alert: {
    id: 'a1',
    org: 'acme',
    entity: 'account:brightloom',
    kind: 'customer_health',
    severity: 'critical',
    status: 'open',
    title: 'Brightloom may leave',
    evidence: [{ text: 'health 35', eventIds: ['e1'], scores: [{ name: 'customer_health', value: 35 }] }],
    recommendedActions: ['Call them'],
    roles: ['customer-success'],
    sources: ['stripe'],
    pipeline: 'customer-health',
    pipelineVersion: 1,
    rule: 'low',
    fingerprint: 'account:brightloom',
    version: 1,
    episode: 1,
    count: 1,
    openedAt: '2026-03-01T09:00:00.000Z',
    lastSeenAt: '2026-03-01T09:00:00.000Z',
    acknowledgedAt: null,
    resolvedAt: null,
    lastPosition: 1,
    lastOrdinal: 0,
    ...alert,
  },
});

export async function appendTransition(log: Log, transition: AlertTransition): Promise<void> {
  const subject = subjects.alert(transition.alert.org, transition.alert.id);
  await log.append({ stream: 'ALERTS', subject, data: Buffer.from(JSON.stringify(transition)) });
}

export const aLetter = (given: Partial<DeadLetter> = {}): DeadLetter => ({
  id: 'd1',
  org: 'acme',
  hop: 'intake',
  source: 'gong',
  reason: 'unmappable',
  detail: 'no call id',
  eventId: null,
  at: '2026-03-01T09:00:00.000Z',
  events: 1,
  body: 'e30=',
  contentType: 'application/json',
  ...given,
});

export async function appendLetter(log: Log, letter: DeadLetter): Promise<void> {
  const data = Buffer.from(JSON.stringify(letter));
  await log.append({ stream: 'DEADLETTERS', subject: subjects.deadLetter(letter.org, letter.hop), data });
}

export const anAuditEntry = (given: Partial<AuditEntry> = {}): AuditEntry => ({
  id: 'u1',
  org: 'acme',
  at: '2026-03-01T09:00:00.000Z',
  by: 'ann',
  action: 'alert.resolve',
  target: 'a1',
  outcome: 'done',
  code: '',
  why: 'they stay',
  data: { version: 2, episode: 1 },
  ...given,
});

export async function appendEntry(log: Log, entry: AuditEntry): Promise<void> {
  await log.append({ stream: 'AUDIT', subject: subjects.audit(entry.org), data: Buffer.from(JSON.stringify(entry)) });
}

export interface Note {
  readonly name: keyof ArchiveHappenings;
  readonly args: readonly unknown[];
}

/** Happenings that are written down. */
export function notedArchive(): { readonly happened: ArchiveHappenings; readonly notes: Note[] } {
  const notes: Note[] = [];
  const note =
    (name: keyof ArchiveHappenings) =>
    (...args: unknown[]): void =>
      void notes.push({ name, args });
  return {
    notes,
    happened: {
      rowsInserted: note('rowsInserted'),
      archived: note('archived'),
      rowRefused: note('rowRefused'),
      archiveDelayed: note('archiveDelayed'),
      archiveResumed: note('archiveResumed'),
      archiveRepeated: note('archiveRepeated'),
      rewriterLost: note('rewriterLost'),
      archiveLost: note('archiveLost'),
      archiveRebuilding: note('archiveRebuilding'),
      archiveFenced: note('archiveFenced'),
      archiveFailed: note('archiveFailed'),
    },
  };
}
