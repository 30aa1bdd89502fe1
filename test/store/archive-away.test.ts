import { describe, expect, it } from 'vitest';
import { RewriterLost, type Batch, type Rewriter } from '../../src/store/clickhouse/rewriter/rewriter.ts';
import { inlineRewriter as rewriter } from '../support/rewriter.ts';
import { anEvent, appendEvent } from '../support/store.ts';
import { until } from '../support/until.ts';
import { aWorld, idsInserted, reached, start } from '../support/archive-world.ts';

describe('archive, while something is away or was lost', () => {
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

  it('holds no rows that are archived', async () => {
    const { log, begin, store } = aWorld();
    const made: Batch[] = [];
    const noting: Rewriter = {
      ...rewriter,
      begin: (stream) => {
        const open = rewriter.begin(stream);
        const end: typeof open.end = async () => {
          const batch = await open.end();
          if (batch) made.push(batch);
          return batch;
        };
        return { ...open, end };
      },
    };
    await appendEvent(log, anEvent({ id: 'e1' }));
    const archive = await begin('one', { rewriter: noting });
    await reached(archive, 1);
    expect(idsInserted(store)).toEqual([['e1']]);
    const held = made.flatMap(({ tables }) => [...tables.values()].map(({ lines }) => lines.buffer.byteLength));
    expect(held).toEqual([0]);
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
