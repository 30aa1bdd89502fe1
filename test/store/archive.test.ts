import { afterEach, describe, expect, it } from 'vitest';
import { createArchive, type Archive, type ArchiveDeps } from '../../src/store/clickhouse/archive.ts';
import { RewriterLost, type Rewriter } from '../../src/store/clickhouse/rewriter/rewriter.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { inlineRewriter as rewriter } from '../support/rewriter.ts';
import {
  anEvent,
  appendBytes,
  appendEvent,
  appendTimer,
  aScore,
  appendCommit,
  createStoreDouble,
  notedArchive,
  until,
} from '../support/store.ts';

const start = Date.parse('2026-03-01T10:00:00Z');
const running: Archive[] = [];

/** An archive over a log and a store in memory, on a clock that only waiting moves. */
function aWorld() {
  let now = start;
  const clock = { now: () => now };
  const log = createMemoryLog(clock);
  const store = createStoreDouble(clock);
  const { happened, notes } = notedArchive();
  const wait: ArchiveDeps['wait'] = async (ms) => {
    now += ms;
    await new Promise((resolve) => setImmediate(resolve));
  };
  const begin = async (owner: string, given: Partial<ArchiveDeps> = {}) => {
    const limits = { maxAgeMs: 5 };
    const archive = createArchive({
      log,
      store,
      rewriter,
      clock,
      happened,
      owner,
      wait,
      limits,
      drainMs: 300,
      ...given,
    });
    running.push(archive);
    await archive.start();
    return archive;
  };
  const told = (name: string) => notes.filter((note) => note.name === name).map(({ args }) => args);
  const tick = (ms: number) => {
    now += ms;
  };
  return { log, store, clock, notes, told, begin, tick };
}

const reached = (archive: Archive, sequence: number) =>
  until(() => archive.account('EVENTS')?.position.sequence === sequence);

const idsInserted = ({ insertions }: Pick<ReturnType<typeof createStoreDouble>, 'insertions'>) =>
  insertions.map(({ rows }) => rows.map(({ id }) => id));

afterEach(async () => {
  await Promise.all(running.splice(0).map((archive) => archive.stop()));
});

describe('archive', () => {
  it('is not ended by what somebody wrote under a subject that weir never makes', async () => {
    const { log, begin } = aWorld();
    const data = Buffer.from(JSON.stringify(anEvent({ id: 'odd' })));
    await log.append({ stream: 'EVENTS', subject: 'weir.events.odd', data });
    await appendEvent(log, anEvent({ id: 'e1' }));
    const archive = await begin('one');
    await until(() => archive.account('EVENTS')?.position.sequence === 2 || archive.stopped().length > 0);
    expect(archive.stopped()).toEqual([]);
    expect(archive.account('EVENTS')?.counts['other/other']).toEqual({ stored: 1, dead: 0 });
  });

  it('goes on where a log was restored into the middle of what was being inserted', async () => {
    const { log, store, begin } = aWorld();
    for (let index = 1; index <= 3; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    const { created } = await log.info('EVENTS');
    const account = {
      position: { created, sequence: 0, storedAt: 0 },
      intent: { from: 1, to: 3 },
      counts: {},
      skipped: 0,
    };
    await log.kv.put(
      'archive.EVENTS',
      Buffer.from(JSON.stringify({ owner: 'gone', ...account, lost: [], lostTotal: 0 })),
      0,
    );
    log.cut('EVENTS', 2);
    const archive = await begin('one');
    await reached(archive, 2);
    expect(store.idsOf('events')).toEqual(['e1', 'e2']);
  });

  it('inserts every event once, and counts by organisation and source', async () => {
    const { log, store, begin } = aWorld();
    for (let index = 1; index <= 5; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    await appendEvent(log, anEvent({ id: 'g1', org: 'globex', origin: 'gong' }));
    const archive = await begin('one');
    await reached(archive, 6);

    expect(store.idsOf('events')).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'g1']);
    expect(store.insertions).toHaveLength(1);
    expect(store.insertions[0]?.rows[0]).toMatchObject({ storedAt: start, id: 'e1', data: { amount: 4200 } });
    expect(archive.account('EVENTS')).toMatchObject({
      intent: null,
      counts: { 'acme/stripe': { stored: 5, dead: 0 }, 'globex/gong': { stored: 1, dead: 0 } },
    });
  });

  it('goes on after a restart where it was, with its counts', async () => {
    const { log, store, begin } = aWorld();
    await appendEvent(log, anEvent({ id: 'e1' }));
    const first = await begin('one');
    await reached(first, 1);
    await first.stop();
    await appendEvent(log, anEvent({ id: 'e2' }));
    const second = await begin('two');
    await reached(second, 2);

    expect(store.idsOf('events')).toEqual(['e1', 'e2']);
    expect(second.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 2, dead: 0 } });
  });

  it('skips timers and counts them apart', async () => {
    const { log, store, begin } = aWorld();
    await appendTimer(log);
    await appendEvent(log, anEvent({ id: 'e1' }));
    await appendTimer(log);
    const archive = await begin('one');
    await reached(archive, 3);
    expect(store.idsOf('events')).toEqual(['e1']);
    expect(archive.account('EVENTS')?.skipped).toBe(2);
  });

  it('ends a batch at its rows, however much waits', async () => {
    const { log, store, begin } = aWorld();
    for (let index = 1; index <= 2_500; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    const archive = await begin('one', { limits: { maxRows: 1_000, maxAgeMs: 60_000 } });
    await until(() => store.insertions.length >= 2);
    expect(store.insertions.slice(0, 2).map(({ rows }) => rows.length)).toEqual([1_000, 1_000]);
    await archive.stop();
    expect(store.idsOf('events')).toHaveLength(2_500);
  });

  it('writes its intent before it inserts', async () => {
    const { log, store, begin } = aWorld();
    await appendEvent(log, anEvent());
    const seen: unknown[] = [];
    store.onInsert(async () => {
      const value = await log.kv.get('archive.EVENTS');
      seen.push(JSON.parse(Buffer.from(value?.value ?? '').toString()));
    });
    const archive = await begin('one');
    await reached(archive, 1);
    expect(seen).toMatchObject([{ intent: { from: 1, to: 1 }, position: { sequence: 0 } }]);
  });

  it('inserts exactly the same range again after it died between insert and position', async () => {
    const { log, store, begin, told } = aWorld();
    for (let index = 1; index <= 3; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    const dying = await begin('one', {
      // What this archive inserts arrives, and the answer never does: as if the process had died then.
      store: {
        insert: async (...args) => {
          await store.insert(...args);
          return new Promise<never>(() => undefined);
        },
      },
    });
    await until(() => store.insertions.length === 1);
    await appendEvent(log, anEvent({ id: 'e4' }));
    const next = await begin('two');
    await reached(next, 4);

    expect(told('archiveRepeated')).toEqual([['EVENTS', 1, 3]]);
    expect(idsInserted(store)).toEqual([['e1', 'e2', 'e3'], ['e1', 'e2', 'e3'], ['e4']]);
    expect(store.idsOf('events')).toEqual(['e1', 'e2', 'e3', 'e4']);
    expect(next.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 4, dead: 0 } });
    expect(dying.account('EVENTS')?.position.sequence).toBe(0);
  });

  it('stops following a stream that another archive has taken over', async () => {
    const { log, begin, told } = aWorld();
    const old = await begin('one');
    const young = await begin('two');
    await appendEvent(log, anEvent());
    await reached(young, 1);
    await until(() => old.stopped().includes('EVENTS'));
    expect(told('archiveFenced')).toContainEqual(['EVENTS']);
    expect(young.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 1, dead: 0 } });
  });

  it('finds the one bad row, keeps it as a dead letter with its bytes, and stores all others', async () => {
    const { log, store, begin, told } = aWorld();
    for (let index = 1; index <= 100; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    store.refuse((row) => row.includes('"id":"e37"'));
    const archive = await begin('one');
    await reached(archive, 100);

    expect(store.idsOf('events')).toHaveLength(99);
    expect(store.attempts()).toBeLessThan(2 * Math.ceil(Math.log2(100)) + 2);
    expect(archive.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 99, dead: 1 } });
    expect(told('rowRefused')).toMatchObject([['EVENTS', 'events', 37, 'Cannot parse input']]);
    const [letter] = log.jsonOf('DEADLETTERS');
    expect(letter).toMatchObject({
      org: 'acme',
      hop: 'archive',
      source: 'stripe',
      reason: 'row-refused',
      eventId: 'e37',
      events: 1,
    });
    const body = letter !== null && typeof letter === 'object' && 'body' in letter ? String(letter.body) : '';
    expect(JSON.parse(Buffer.from(body, 'base64').toString())).toEqual(anEvent({ id: 'e37' }));
  });

  it('keeps what is no event at all as a dead letter, and goes on', async () => {
    const { log, store, begin } = aWorld();
    await appendBytes(log, anEvent(), 'not json');
    await appendEvent(log, anEvent({ id: 'e2' }));
    store.refuse((row) => row.includes('not json') || row.includes('ot json'));
    const archive = await begin('one');
    await reached(archive, 2);
    expect(store.idsOf('events')).toEqual(['e2']);
    expect(log.jsonOf('DEADLETTERS')).toMatchObject([{ org: 'acme', source: 'stripe', eventId: null }]);
  });

  it('keeps a commit that cannot be read as a dead letter, and goes on', async () => {
    const { log, store, begin } = aWorld();
    await log.append({ stream: 'SIGNALS', subject: 'weir.signals.0', data: Buffer.from('{"scores":') });
    await appendCommit(log, { scores: [aScore()] });
    const archive = await begin('one');
    await until(() => archive.account('SIGNALS')?.position.sequence === 2);
    expect(store.idsOf('scores')).toEqual(['s1']);
    expect(log.jsonOf('DEADLETTERS')).toMatchObject([{ org: 'unknown', reason: 'message-unreadable', events: 0 }]);
  });

  it('loses nothing while ClickHouse is away for an hour, tries ever less often, and says when it goes on', async () => {
    const { log, store, begin, told, clock } = aWorld();
    store.awayUntil(start + 3_600_000);
    for (let index = 1; index <= 10; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    const archive = await begin('one', { limits: { maxRows: 4, maxAgeMs: 5 } });
    await until(() => archive.delayed('EVENTS'));
    await reached(archive, 10);

    expect(store.idsOf('events')).toEqual(Array.from({ length: 10 }, (_, index) => `e${index + 1}`));
    expect(clock.now()).toBeGreaterThanOrEqual(start + 3_600_000);
    expect(store.attempts()).toBeLessThan(3_600 / 15 + 12);
    expect(told('archiveResumed')).toMatchObject([['EVENTS', expect.any(Number)]]);
    expect(archive.delayed('EVENTS')).toBe(false);
  });

  it('stops in time while ClickHouse is away, and repeats the range on the next start', async () => {
    const { log, store, begin } = aWorld();
    await appendEvent(log, anEvent());
    store.onInsert(() => new Promise(() => undefined));
    const archive = await begin('one');
    await until(() => store.attempts() === 1);
    const stopped = archive.stop();
    await stopped;
    expect(archive.stopped()).toEqual([]);
    store.onInsert(async () => undefined);
    const next = await begin('two');
    await reached(next, 1);
    expect(store.idsOf('events')).toEqual(['e1']);
  });

  it('says what retention took before it was archived', async () => {
    const { log, begin, told, store } = aWorld();
    for (let index = 1; index <= 5; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    await log.trim('EVENTS', 3);
    const archive = await begin('one');
    await reached(archive, 5);
    expect(told('archiveLost')).toEqual([['EVENTS', 1, 3]]);
    expect(archive.account('EVENTS')).toMatchObject({ lost: [{ from: 1, to: 3 }], lostTotal: 3 });
    expect(store.idsOf('events')).toEqual(['e4', 'e5']);
  });

  it('counts what was lost once, after a crash within an insert, too', async () => {
    const { log, begin, store } = aWorld();
    for (let index = 1; index <= 5; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    await log.trim('EVENTS', 3);
    store.onInsert(() => new Promise(() => undefined));
    const one = await begin('one');
    await until(() => store.attempts() === 1);
    await one.stop();
    store.onInsert(async () => undefined);
    const archive = await begin('two');
    await reached(archive, 5);
    expect(archive.account('EVENTS')).toMatchObject({ lost: [{ from: 1, to: 3 }], lostTotal: 3 });
  });

  it('says what retention took while a batch was being read', async () => {
    const { log, begin, told, store } = aWorld();
    let read = 0;
    const counting: Rewriter = {
      ...rewriter,
      begin: (stream) => {
        const batch = rewriter.begin(stream);
        const add: typeof batch.add = (messages) => {
          read += messages.length;
          return batch.add(messages);
        };
        return { ...batch, add };
      },
    };
    for (let index = 1; index <= 2; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    const archive = await begin('one', { rewriter: counting, limits: { maxRows: 4, maxAgeMs: 60_000 } });
    await until(() => read === 2);
    const appended = [3, 4, 5, 6].map((index) => appendEvent(log, anEvent({ id: `e${index}` })));
    await Promise.all([...appended, log.trim('EVENTS', 4)]);
    await reached(archive, 6);
    expect(idsInserted(store)).toEqual([['e1', 'e2', 'e5', 'e6']]);
    expect(told('archiveLost')).toEqual([['EVENTS', 3, 4]]);
    expect(archive.account('EVENTS')).toMatchObject({ lost: [{ from: 3, to: 4 }], lostTotal: 2 });
  });

  it('begins again when the log was restored to an earlier state, and takes no new event for an old one of the same number', async () => {
    const { log, begin, told, store, tick } = aWorld();
    for (let index = 1; index <= 4; index += 1) await appendEvent(log, anEvent({ id: `e${index}` }));
    const first = await begin('one');
    await reached(first, 4);
    await first.stop();
    log.cut('EVENTS', 0);
    tick(1_000);
    for (let index = 1; index <= 4; index += 1) await appendEvent(log, anEvent({ id: `new${index}` }));
    const second = await begin('two');
    // Its position said 4 already when it began.
    await until(() => store.insertions.length === 2);
    await second.stop();
    expect(told('archiveRebuilding')).toEqual([['EVENTS', 'rewritten']]);
    expect(second.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 4, dead: 0 } });
    expect(store.idsOf('events')).toEqual(['e1', 'e2', 'e3', 'e4', 'new1', 'new2', 'new3', 'new4']);
  });

  it('begins again when the log is another one', async () => {
    const { log, begin, told, store } = aWorld();
    await appendEvent(log, anEvent({ id: 'old' }));
    const first = await begin('one');
    await reached(first, 1);
    await first.stop();
    log.recreate('EVENTS');
    await appendEvent(log, anEvent({ id: 'new1' }));
    await appendEvent(log, anEvent({ id: 'new2' }));
    const second = await begin('two');
    await reached(second, 2);
    expect(told('archiveRebuilding')).toEqual([['EVENTS', 'other-log']]);
    expect(store.idsOf('events')).toEqual(['old', 'new1', 'new2']);
    expect(second.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 2, dead: 0 } });
  });

  it('waits for the log when a dead letter cannot be written, and loses neither letter nor row', async () => {
    const { log, store, begin } = aWorld();
    await appendEvent(log, anEvent({ id: 'e1' }));
    await appendEvent(log, anEvent({ id: 'bad' }));
    store.refuse((row) => row.includes('"id":"bad"'));
    log.failAppends('log-unavailable');
    const archive = await begin('one');
    await until(() => archive.delayed('EVENTS'));
    log.failAppends(undefined);
    await reached(archive, 2);
    expect(log.jsonOf('DEADLETTERS')).toMatchObject([{ eventId: 'bad' }]);
    expect(store.idsOf('events')).toEqual(['e1']);
  });

  it('reads a batch again when what makes its rows was lost, and stores it once', async () => {
    const { log, store, begin, told } = aWorld();
    const losing = rewriterLostAt([2]);
    await appendEvent(log, anEvent({ id: 'e1' }));
    const archive = await begin('one', { rewriter: losing });
    await reached(archive, 1);
    await appendEvent(log, anEvent({ id: 'e2' }));
    await reached(archive, 2);
    await appendEvent(log, anEvent({ id: 'e3' }));
    await reached(archive, 3);
    expect(told('rewriterLost')).toEqual([['EVENTS', expect.any(RewriterLost)]]);
    expect(idsInserted(store)).toEqual([['e1'], ['e2'], ['e3']]);
    expect(archive.account('EVENTS')?.counts).toEqual({ 'acme/stripe': { stored: 3, dead: 0 } });
  });

  it('stops following a stream when what makes its rows is lost at the same place again; the next start loses nothing', async () => {
    const { log, store, begin, told } = aWorld();
    await appendEvent(log, anEvent({ id: 'e1' }));
    const first = await begin('one', { rewriter: rewriterLostAt([1, 2]) });
    await until(() => first.stopped().length > 0);
    expect(first.stopped()).toEqual(['EVENTS']);
    expect(told('archiveFailed')).toEqual([['EVENTS', expect.any(RewriterLost)]]);
    expect(store.insertions).toEqual([]);
    await first.stop();
    const second = await begin('two');
    await reached(second, 1);
    expect(store.idsOf('events')).toEqual(['e1']);
  });
});

/** Makes rows, and is lost under these of its batches of events, counted from 1. */
function rewriterLostAt(batches: readonly number[]): Rewriter {
  let begun = 0;
  return {
    ...rewriter,
    begin: (stream) => {
      const batch = rewriter.begin(stream);
      if (stream === 'EVENTS') begun += 1;
      if (stream !== 'EVENTS' || !batches.includes(begun)) return batch;
      return { ...batch, add: () => Promise.reject(new RewriterLost('it ended')) };
    },
  };
}
