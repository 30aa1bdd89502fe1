import { describe, expect, it } from 'vitest';
import { anEvent, appendBytes, appendEvent, appendTimer, aScore, appendCommit } from '../support/store.ts';
import { until } from '../support/until.ts';
import { aWorld, idsInserted, reached, start } from '../support/archive-world.ts';

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
});
