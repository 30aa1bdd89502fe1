import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createThreadedRewriter } from '../../src/store/clickhouse/rewriter/threaded.ts';
import { createArchive } from '../../src/store/clickhouse/archive.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import { createScores } from '../../src/store/query/scores.ts';
import type { Scores, Store } from '../../src/store/store.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import {
  anEvent,
  appendCommit,
  appendEvent,
  aScore,
  notedArchive,
  openTestStore,
  testLimits,
} from '../support/store.ts';
import { until } from '../support/until.ts';

let scores: Scores;
let store: Store;
let close: () => Promise<void>;

/** Figures that lose their last digit where they are not read exactly. */
const reasons = [
  { name: 'support', weight: 17.391304347826086, value: 0.1 + 0.2, eventId: 'e1', quote: 'it’s “down”\t\\ 😀\n' },
  { name: 'limit', weight: 1, value: -5e-324, eventId: 'e1', quote: null },
  { name: 'far', weight: 1 / 3, value: -1.7976931348623157e308, eventId: 'e2', quote: '' },
];
const tuned = { version: 3, segment: null, values: { supportWeight: 1 / 3, actUnder: 60 } };
const odd = `account:it's\\a"\t\nname`;
const day = (of: number) => `2026-03-0${of}T09:00:00.000Z`;

beforeAll(async () => {
  const opened = await openTestStore();
  const log = createMemoryLog({ now: () => Date.parse('2026-03-09T10:00:00Z') });
  for (const id of ['e1', 'e2', 'e3']) await appendEvent(log, anEvent({ id, time: day(1) }));
  await appendEvent(log, anEvent({ id: 'e1', org: 'globex', type: 'secret' }));
  await appendCommit(log, {
    scores: [
      aScore({ id: 'old', time: day(1), value: 80 }),
      aScore({ id: 'second', time: day(3), value: 50 }),
      aScore({ id: 'a-third', time: day(3), value: 40 }),
      aScore({ id: 'not-ours', org: 'globex', time: day(3) }),
      aScore({ id: 'deal-2', name: 'deal_risk', subject: 'd2', time: day(2) }),
      aScore({ id: 'deal-1', name: 'deal_risk', subject: 'd1', time: day(2) }),
      aScore({ id: 'exact', name: 'exact', entity: odd, subject: `it's\\`, contributions: reasons, value: 0.1 + 0.7 }),
      aScore({ id: 'tuned', entity: 'account:tuned', settings: tuned }),
      aScore({ id: 'segmented', entity: 'account:tuned', subject: 'x', settings: { ...tuned, segment: "it's" } }),
    ],
  });
  await appendCommit(log, { scores: [aScore({ id: 'new', time: day(5), value: 35 })] });
  const rewriter = createThreadedRewriter();
  const archive = createArchive({
    log,
    store: opened.store,
    rewriter,
    clock: { now: () => Date.now() },
    happened: notedArchive().happened,
    owner: 'test',
    limits: { maxAgeMs: 5 },
  });
  await archive.start();
  await until(() => archive.account('EVENTS')?.position.sequence === 4);
  await until(() => archive.account('SIGNALS')?.position.sequence === 2);
  await archive.stop();
  await rewriter.close();
  scores = createScores(createAsking({ store: opened.store, limits: testLimits }));
  ({ store, close } = opened);
});
afterAll(() => close());

const account = { org: 'acme', entity: 'account:brightloom', limit: 10 };
const idsOf = async (asked: Partial<Parameters<Scores['at']>[0]>) =>
  (await scores.at({ ...account, ...asked })).map(({ id }) => id);

describe('scores as they were', () => {
  it('are of each name and subject the last up to then', async () => {
    expect(await idsOf({})).toEqual(['new', 'deal-1', 'deal-2']);
    expect(await idsOf({ at: Date.parse(day(4)) })).toEqual(['a-third', 'deal-1', 'deal-2']);
    expect(await idsOf({ at: Date.parse(day(2)) })).toEqual(['old', 'deal-1', 'deal-2']);
    expect(await idsOf({ at: Date.parse(day(2)) - 1 })).toEqual(['old']);
    expect(await idsOf({ at: Date.parse(day(1)) - 1 })).toEqual([]);
    expect(await idsOf({ at: Date.parse('0001-01-01T00:00:00Z') })).toEqual([]);
    expect(await idsOf({ at: Date.parse('9999-12-31T23:59:59Z'), name: 'customer_health' })).toEqual(['new']);
  });

  it('of several at one time are the one made last, whatever their ids', async () => {
    expect(await idsOf({ at: Date.parse(day(3)), name: 'customer_health' })).toEqual(['a-third']);
  });

  it('are numbered within their entity: how many others have is nobody’s business', async () => {
    const numbered = await store.inquire('SELECT id, ordinal FROM weir.scores ORDER BY org, entity, ordinal, id');
    expect(numbered).toEqual([
      { id: 'new', ordinal: 0 },
      { id: 'old', ordinal: 0 },
      { id: 'second', ordinal: 1 },
      { id: 'a-third', ordinal: 2 },
      { id: 'deal-2', ordinal: 3 },
      { id: 'deal-1', ordinal: 4 },
      { id: 'exact', ordinal: 0 },
      { id: 'tuned', ordinal: 0 },
      { id: 'segmented', ordinal: 1 },
      { id: 'not-ours', ordinal: 0 },
    ]);
  });

  it('are asked for by name and subject, and page by page', async () => {
    expect(await idsOf({ name: 'deal_risk' })).toEqual(['deal-1', 'deal-2']);
    expect(await idsOf({ name: 'deal_risk', subject: 'd2' })).toEqual(['deal-2']);
    expect(await idsOf({ subject: '' })).toEqual(['new']);
    expect(await idsOf({ limit: 2 })).toEqual(['new', 'deal-1']);
    expect(await idsOf({ after: { name: 'customer_health', subject: null } })).toEqual(['deal-1', 'deal-2']);
    expect(await idsOf({ after: { name: 'deal_risk', subject: 'd1' } })).toEqual(['deal-2']);
  });

  it('come back as they were made, every digit and every sign', async () => {
    const made = { name: 'exact', entity: odd, subject: `it's\\`, contributions: reasons, value: 0.1 + 0.7 };
    expect(await scores.find('acme', 'exact')).toEqual(aScore({ id: 'exact', ...made }));
    expect(await idsOf({ entity: odd, name: 'exact', subject: `it's\\` })).toEqual(['exact']);
  });

  it('come back with what was set that they were made under; those made as shipped with nothing', async () => {
    expect(await scores.find('acme', 'tuned')).toEqual(
      aScore({ id: 'tuned', entity: 'account:tuned', settings: tuned }),
    );
    expect((await scores.find('acme', 'segmented'))?.settings?.segment).toBe("it's");
    expect(await scores.find('acme', 'new')).not.toHaveProperty('settings');
    const sql =
      "SELECT id FROM weir.scores WHERE settings.version = 3 AND settings.values['actUnder'] = 60 ORDER BY id";
    expect(await store.inquire(sql)).toEqual([{ id: 'segmented' }, { id: 'tuned' }]);
  });

  it('of others are not there', async () => {
    expect(await scores.find('acme', 'not-ours')).toBeUndefined();
    expect(await scores.find('acme', `' OR '1' = '1`)).toBeUndefined();
    expect(await idsOf({ org: 'globex' })).toEqual(['not-ours']);
    expect(await idsOf({ org: 'nobody' })).toEqual([]);
  });
});

describe('the events behind scores', () => {
  it('are told without their payload, those of the organisation that are there', async () => {
    const head = { time: day(1), type: 'invoice.payment_failed', origin: 'stripe', subject: 'in_1' };
    const found = await scores.events('acme', account.entity, ['e1', 'e3', 'e9', `o'e\\`]);
    expect([...found]).toEqual([
      ['e1', { id: 'e1', ...head }],
      ['e3', { id: 'e3', ...head }],
    ]);
    expect((await scores.events('globex', account.entity, ['e1'])).get('e1')).toMatchObject({ type: 'secret' });
    expect((await scores.events('acme', 'account:other', ['e1'])).size).toBe(0);
    expect((await scores.events('acme', account.entity, [])).size).toBe(0);
  });
});
