import { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import type { Log } from '../../src/log/log.ts';
import { definePipeline } from '../../src/pipeline/define.ts';
import { createShelf } from '../../src/pipeline/shelf.ts';
import { createSnapshots } from '../../src/pipeline/snapshot.ts';
import { createTuning } from '../../src/pipeline/tuning.ts';
import { cellsOf } from '../../src/pipeline/cell.ts';
import { createState, type StateStore } from '../../src/pipeline/state.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };
const pipeline = (version: number) =>
  definePipeline({ name: 'p', version, description: '', streams: ['custom'], run: () => new Observable() });

async function aLog(messages: number): Promise<MemoryLog> {
  const log = createMemoryLog(clock);
  const data = Buffer.from('{}');
  for (let made = 0; made < messages; made++)
    await log.append({ stream: 'EVENTS', subject: 'weir.events.0.acme.custom', data });
  return log;
}

const positionAt = async (log: Log, sequence: number) => {
  const { created } = await log.info('EVENTS');
  return { created, sequence, storedAt: (await log.at('EVENTS', sequence))?.storedAt ?? 0 };
};

function remember(store: StateStore, entity: string, state: number, sequence: number): void {
  const touched = store.touch('acme', entity, sequence, 0);
  touched.clock = sequence;
  store.put(touched, cellsOf('p', 'o'), '', { pipeline: 'p', operator: 'o', key: '', state, expiresAt: 1e12 });
}

/** A start: what is there is loaded into a store of its own. */
async function start(log: Log, version = 1) {
  const snapshots = createSnapshots(log, 0, [pipeline(version)]);
  const store = createState();
  const shelf = createShelf([]);
  const { snapshot, ...told } = await snapshots.load();
  store.restore(snapshot?.state ?? []);
  const remembered = () =>
    Object.fromEntries([...store.all()].map(({ entity, cells }) => [entity, [...cells.values()].map((c) => c.state)]));
  return {
    store,
    told,
    remembered,
    position: snapshot?.position.sequence,
    save: async (sequence: number) =>
      snapshots.begin(store, shelf, createTuning([]), await positionAt(log, sequence))(),
  };
}

describe('a snapshot', () => {
  it('holds nothing of one that was rejected because the log was restored', async () => {
    const log = await aLog(10);
    const before = await start(log);
    remember(before.store, 'account:gone', 1, 10);
    await before.save(10);
    log.cut('EVENTS', 5);

    const restored = await start(log);
    expect(restored.told.rejected).toContain('cut');
    remember(restored.store, 'account:there', 2, 5);
    await restored.save(5);
    expect((await start(log)).remembered()).toEqual({ 'account:there': [2] });
  });

  it('holds nothing of a former version of a pipeline, however many starts ago that was', async () => {
    const log = await aLog(10);
    const old = await start(log, 1);
    remember(old.store, 'account:a', 1, 1);
    remember(old.store, 'account:b', 1, 2);
    await old.save(5);
    const next = await start(log, 2);
    remember(next.store, 'account:b', 2, 6);
    await next.save(6);
    expect((await start(log, 2)).remembered()).toEqual({ 'account:a': [], 'account:b': [2] });
    expect(old.told.otherVersions).toEqual([]);
    expect(next.told.otherVersions).toEqual([{ pipeline: 'p', from: 1, to: 2 }]);
  });

  it('a part of which is gone is passed by for the one before, and says so', async () => {
    const log = await aLog(10);
    const running = await start(log);
    remember(running.store, 'account:a', 1, 1);
    await running.save(5);
    for (const blob of await log.blobs.list('snapshot.0.')) await log.blobs.delete(blob);
    expect(await start(log)).toMatchObject({
      position: undefined,
      told: { rejected: [], passedBy: ['blob-missing', 'blob-missing'] },
    });
  });

  it('that was written in another way is passed by, which it says, and the next one takes its place', async () => {
    const log = await aLog(10);
    const old = await start(log);
    remember(old.store, 'account:a', 1, 1);
    await old.save(5);
    const name = 'snapshot.0';
    const stored = await log.kv.get(name);
    const { format: _, ...manifest } = JSON.parse(Buffer.from(stored?.value ?? []).toString('utf8'));
    await log.kv.put(name, Buffer.from(JSON.stringify(manifest)), stored?.revision ?? 0);
    for (const daily of await log.kv.keys(`${name}.`)) await log.kv.delete(daily);
    const next = await start(log);
    expect(next).toMatchObject({ position: undefined, told: { rejected: [], passedBy: ['former-format'] } });
    remember(next.store, 'account:b', 2, 6);
    await next.save(6);
    expect((await start(log)).remembered()).toEqual({ 'account:b': [2] });
  });

  it('is not written for a position before the one the partition began at: its events would count twice', async () => {
    const log = await aLog(10);
    const first = await start(log);
    remember(first.store, 'account:a', 1, 8);
    await first.save(8);
    // Another partition is further behind, so reading begins earlier.
    const second = await start(log);
    remember(second.store, 'account:a', 2, 8);
    expect(await second.save(4)).toBe(0);
    expect((await start(log)).position).toBe(8);
    await second.save(9);
    expect(await start(log)).toMatchObject({ position: 9 });
  });

  it('goes on being written after an acknowledgement was lost', async () => {
    const log = await aLog(10);
    let lose = true;
    const losing: Log = {
      ...log,
      kv: {
        ...log.kv,
        async put(key, value, expected) {
          const stored = await log.kv.put(key, value, expected);
          if (!lose) return stored;
          lose = false;
          throw new WeirError('log-unavailable', 'the connection broke');
        },
      },
    };
    const running = await start(losing);
    remember(running.store, 'account:a', 1, 1);
    await expect(running.save(1)).rejects.toThrow('the connection broke');
    await running.save(2);
    expect(await start(log)).toMatchObject({ position: 2 });
  });

  it('is of one moment: what is set while it waits to be written is not in it', async () => {
    const log = await aLog(10);
    const snapshots = createSnapshots(log, 0, [pipeline(1)]);
    await snapshots.load();
    const tuning = createTuning([]);
    const write = snapshots.begin(createState(), createShelf([]), tuning, await positionAt(log, 5));
    tuning.take({ org: 'acme', version: 1, at: '2026-06-01T00:00:00Z', settings: {}, segmentBy: null, segments: {} });
    await write();
    const { snapshot } = await createSnapshots(log, 0, [pipeline(1)]).load();
    expect(snapshot?.tuned).toEqual([]);
  });

  it('is not written over another worker’s', async () => {
    const log = await aLog(10);
    const zombie = await start(log);
    const worker = await start(log);
    await worker.save(3);
    await expect(zombie.save(2)).rejects.toThrow('another worker');
    await expect(zombie.save(4)).rejects.toThrow('another worker');
  });

  it('leaves no blob behind that nothing names, also of one that was never finished', async () => {
    const log = await aLog(10);
    await log.blobs.put('snapshot.0.7.3', Buffer.from('[]'));
    await log.blobs.put('snapshot.1.7.3', Buffer.from('[]'));
    const running = await start(log);
    remember(running.store, 'account:a', 1, 4);
    await running.save(4);
    const names = await log.blobs.list('snapshot.');
    expect(names).not.toContain('snapshot.0.7.3');
    expect(names).toContain('snapshot.1.7.3');
    expect((await start(log)).remembered()).toEqual({ 'account:a': [1] });
  });
});
