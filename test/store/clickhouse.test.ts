import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOfTask } from '../../src/core/commit.ts';
import { createArchive } from '../../src/store/clickhouse/archive.ts';
import { createThreadedRewriter } from '../../src/store/clickhouse/rewriter/threaded.ts';
import { tableNames, viewNames, type Store, type TableName } from '../../src/store/store.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import {
  aLetter,
  anAuditEntry,
  anEvent,
  anInsight,
  appendBytes,
  appendCommit,
  appendEntry,
  appendEvent,
  appendLetter,
  appendTransition,
  aScore,
  aTask,
  aTransition,
  notedArchive,
  openTestStore,
  testLimits,
} from '../support/store.ts';
import { until } from '../support/until.ts';

let store: Store;
let close: () => Promise<void>;

beforeAll(async () => {
  ({ store, close } = await openTestStore());
});
afterAll(() => close());

const rows = (events: readonly object[]) => Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));

/** As the readers read it. */
async function read(sql: string, org = 'acme'): Promise<unknown[]> {
  const reading = await store.open({ org, limits: testLimits });
  try {
    const body = (await reading.run(sql, 'JSONEachRow')).toString();
    return body.split('\n').flatMap((line): unknown[] => (line === '' ? [] : [JSON.parse(line)]));
  } finally {
    await reading.close();
  }
}

/** What is read of a column after a row was stored. */
async function halfIn(table: TableName, row: object, column: string): Promise<unknown[]> {
  expect(await store.insert(table, rows([{ ...row, storedAt: 1 }]))).toEqual({ kind: 'stored' });
  return read(`SELECT ${column} FROM ${table}`, 'halves');
}

describe('the tables', () => {
  it('have a comment each, and on every column', async () => {
    const tables = await read('SELECT name, comment FROM system.tables');
    expect(tables).toHaveLength(tableNames.length + viewNames.length);
    expect(await read("SELECT name FROM system.tables WHERE comment = ''")).toEqual([]);
    expect(await read("SELECT table, name FROM system.columns WHERE comment = ''")).toEqual([]);
  });

  it('count what is inserted again once', async () => {
    const batch = rows([{ ...anEvent({ id: 'thrice', org: 'repeats' }), storedAt: 1 }]);
    for (let time = 0; time < 3; time += 1) expect(await store.insert('events', batch)).toEqual({ kind: 'stored' });
    expect(await read('SELECT count() AS events FROM events', 'repeats')).toEqual([{ events: 1 }]);
  });

  it('keep the first of two copies, in whatever order they come', async () => {
    const first = { ...anEvent({ id: 'copied', org: 'copies', type: 'first' }), storedAt: 1_700_000_000_000 };
    const second = { ...first, type: 'second', storedAt: 1_700_000_000_500 };
    await store.insert('events', rows([second]));
    await store.insert('events', rows([first]));
    expect(await read('SELECT id, type FROM weir.events', 'copies')).toEqual([{ id: 'copied', type: 'first' }]);
  });

  it('insert nothing of a batch with a row they refuse, over many months', async () => {
    const good = Array.from({ length: 24 }, (_, month) => ({
      ...anEvent({ id: `m${month}`, org: 'half', time: new Date(Date.UTC(2024, month)).toISOString() }),
      storedAt: 1,
    }));
    const bad = { ...anEvent({ org: 'half' }), time: 'yesterday', storedAt: 1 };
    expect(await store.insert('events', rows([...good, bad]))).toMatchObject({ kind: 'refused' });
    expect(await read('SELECT count() AS events FROM events', 'half')).toEqual([{ events: 0 }]);
    expect(await store.insert('events', rows(good))).toEqual({ kind: 'stored' });
    expect(await read('SELECT count() AS events FROM events', 'half')).toEqual([{ events: 24 }]);
  });

  it('keep a row in which somebody wrote half a character, and the half as it is written', async () => {
    const half = 'They stay \ud83d';
    const [shown] = await halfIn('audit', anAuditEntry({ org: 'halves', why: half }), 'why');
    expect(shown).toEqual({ why: 'They stay \\ud83d' });
    expect(await halfIn('tasks', { ...aTask({ org: 'halves', goal: half }), run: 'r' }, 'goal')).toHaveLength(1);
    expect(await halfIn('events', anEvent({ org: 'halves', entity: half }), 'entity')).toHaveLength(1);
    const { alert, ...transition } = aTransition({ why: half, alert: { org: 'halves' } });
    expect(await halfIn('alert_transitions', { ...alert, ...transition }, 'why')).toHaveLength(1);
  });

  it('show an organisation its own rows alone, through views too', async () => {
    expect(await read('SELECT DISTINCT org FROM weir.events', 'copies')).toEqual([{ org: 'copies' }]);
    expect(await read('SELECT DISTINCT org FROM weir.source_freshness', 'copies')).toEqual([{ org: 'copies' }]);
  });
});

describe('the archive into ClickHouse', () => {
  it('writes each stream into its tables, and the views answer from them', async () => {
    const log = createMemoryLog({ now: () => Date.parse('2026-03-09T10:00:00Z') });
    const { happened, notes } = notedArchive();
    await appendEvent(
      log,
      anEvent({ id: 'v1', claimedTime: '2027-01-01T00:00:00Z', data: { text: 'späte "Rechnung"\n' } }),
    );
    for (const [index, stage] of ['appointmentscheduled', 'contractsent', 'closedwon'].entries()) {
      await appendEvent(log, aMove(`deal${index}`, stage, `2026-03-0${2 + 2 * index}T09:00:00.000Z`));
    }
    await appendBytes(log, anEvent(), '{"id":"broken","org":"acme","time":"nonsense"}');
    await appendCommit(log, {
      scores: [aScore({ id: 'old', value: 80, time: '2026-02-20T09:00:00.000Z' }), aScore({ id: 'new', value: 35 })],
      insights: [anInsight()],
      tasks: [aTask(), aTask({ id: 't2', goal: 'Say "tasks":[{ and why', alert: 'a1' })],
    });
    await appendTransition(log, aTransition());
    await appendTransition(
      log,
      aTransition({
        transition: 'acknowledged',
        by: 'ann',
        at: '2026-03-01T09:01:32.000Z',
        alert: { status: 'acknowledged', version: 2, acknowledgedAt: '2026-03-01T09:01:32.000Z' },
      }),
    );
    await appendLetter(log, aLetter());
    await appendEntry(log, anAuditEntry());

    const rewriter = createThreadedRewriter();
    const archive = createArchive({
      log,
      store,
      rewriter,
      clock: { now: () => Date.now() },
      happened,
      owner: 'test',
      limits: { maxAgeMs: 5 },
    });
    await archive.start();
    await until(() => archive.account('EVENTS')?.position.sequence === 5);
    await until(() => archive.account('DEADLETTERS')?.position.sequence === 2);
    await until(() => archive.account('ALERTS')?.position.sequence === 2);
    await until(() => archive.account('AUDIT')?.position.sequence === 1);
    await until(() => archive.account('SIGNALS')?.position.sequence === 1);
    await archive.stop();
    await rewriter.close();
    expect(notes.filter(({ name }) => name === 'archiveFailed')).toEqual([]);

    expect(await read("SELECT * FROM events WHERE id = 'v1'")).toEqual([
      {
        id: 'v1',
        org: 'acme',
        entity: 'account:brightloom',
        origin: 'stripe',
        stream: 'finance',
        type: 'invoice.payment_failed',
        source: 'https://api.stripe.com/acct_1',
        subject: 'in_1',
        time: '2026-03-01 09:00:00.000',
        claimedTime: '2027-01-01 00:00:00.000',
        receivedAt: '2026-03-01 09:00:02.000',
        storedAt: '2026-03-09 10:00:00.000',
        data: '{"text":"späte \\"Rechnung\\"\\n"}',
      },
    ]);
    expect(await read("SELECT value, contributions FROM scores WHERE id = 'new'")).toEqual([
      {
        value: 35,
        contributions: [{ name: 'support', weight: 20, value: 0.5, eventId: 'e1', quote: 'still waiting' }],
      },
    ]);
    expect(await read('SELECT kind, expectedValue, currency FROM insights')).toEqual([
      { kind: 'risk', expectedValue: -12_000, currency: 'EUR' },
    ]);
    expect(await read('SELECT * FROM tasks ORDER BY id')).toEqual([
      {
        ...aTask(),
        context: '{"health":35}',
        time: '2026-03-01 09:00:00.000',
        alert: null,
        run: runOfTask(aTask()),
        storedAt: '2026-03-09 10:00:00.000',
      },
      expect.objectContaining({ id: 't2', goal: 'Say "tasks":[{ and why', alert: 'a1' }),
    ]);
    expect(await read('SELECT id, status, version FROM alerts')).toEqual([
      { id: 'a1', status: 'acknowledged', version: 2 },
    ]);
    expect(await read('SELECT version, transition, by FROM alert_transitions ORDER BY version')).toEqual([
      { version: 1, transition: 'opened', by: 'pipeline:customer-health' },
      { version: 2, transition: 'acknowledged', by: 'ann' },
    ]);
    expect(await read('SELECT hop, reason, eventId FROM dead_letters ORDER BY hop')).toEqual([
      { hop: 'archive', reason: 'row-refused', eventId: 'broken' },
      { hop: 'intake', reason: 'unmappable', eventId: null },
    ]);

    expect(await read('SELECT * FROM audit')).toEqual([
      {
        ...anAuditEntry(),
        at: '2026-03-01 09:00:00.000',
        data: '{"version":2,"episode":1}',
        storedAt: '2026-03-09 10:00:00.000',
      },
    ]);

    expect(await read('SELECT * FROM entity_health')).toEqual([
      {
        org: 'acme',
        entity: 'account:brightloom',
        health: 35,
        confidence: 0.8,
        healthWeekBefore: 80,
        change: -45,
        scoredAt: '2026-03-01 09:00:00.000',
        openAlerts: 1,
      },
    ]);
    expect(await read('SELECT * FROM alert_noise')).toMatchObject([
      {
        rule: 'low',
        alerts: 1,
        episodes: 1,
        transitions: 2,
        transitionsPerEpisode: 2,
        acknowledgedShare: 1,
        expiredShare: 0,
      },
    ]);
    expect(await read('SELECT * FROM mtta')).toEqual([
      {
        org: 'acme',
        kind: 'customer_health',
        severity: 'critical',
        episodes: 1,
        acknowledged: 1,
        meanSeconds: 90,
        medianSeconds: 90,
        p90Seconds: 90,
      },
    ]);
    expect(await read('SELECT * FROM pipeline_velocity ORDER BY week')).toEqual([
      { org: 'acme', week: '2026-03-02', deals: 1, moves: 3, won: 1, lost: 0, winRate: 1, medianDaysToClose: 4 },
    ]);
    expect(
      await read("SELECT origin, events, medianDelaySeconds FROM source_freshness WHERE origin = 'stripe'"),
    ).toEqual([{ origin: 'stripe', events: 1, medianDelaySeconds: 2 }]);
  });
});

const aMove = (id: string, stage: string, time: string) =>
  anEvent({
    id,
    origin: 'hubspot',
    stream: 'hubspot',
    type: 'hubspot.deal.propertyChange',
    source: 'https://api.hubspot.com/portals/1',
    subject: '9',
    time,
    data: { propertyName: 'dealstage', propertyValue: stage },
  });
