import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { range } from '../support/log.ts';
import type { Setting } from './setting.ts';

/** What is kept beside the streams. */
export function describeKept(on: Setting): void {
  let log: Log;
  beforeEach(() => {
    ({ log } = on);
  });

  describe('key-value', () => {
    const bytes = (text: string) => Buffer.from(text);

    test('stores only against the revision seen', async () => {
      expect(await log.kv.get('a.b_c-1')).toBeUndefined();
      const first = await log.kv.put('a.b_c-1', bytes('1'), 0);
      if (first.kind !== 'stored') throw new Error('not stored');
      expect(await log.kv.put('a.b_c-1', bytes('x'), 0)).toEqual({ kind: 'moved' });
      expect(await log.kv.put('a.b_c-1', bytes('x'), first.revision + 1)).toEqual({ kind: 'moved' });
      const second = await log.kv.put('a.b_c-1', bytes('2'), first.revision);
      if (second.kind !== 'stored') throw new Error('not stored');
      const entry = await log.kv.get('a.b_c-1');
      expect(entry && Buffer.from(entry.value).toString()).toBe('2');
      expect(entry?.revision).toBe(second.revision);
      expect(await log.kv.put('a.b_c-1', bytes('x'), first.revision)).toEqual({ kind: 'moved' });
    });

    test('lets one of many win', async () => {
      const answers = await Promise.all(range(1, 20).map((index) => log.kv.put('lease', bytes(`${index}`), 0)));
      expect(answers.filter(({ kind }) => kind === 'stored')).toHaveLength(1);
    });

    test('never gives the revision of a deleted key again', async () => {
      const first = await log.kv.put('k', bytes('1'), 0);
      await log.kv.delete('k');
      expect(await log.kv.get('k')).toBeUndefined();
      const second = await log.kv.put('k', bytes('2'), 0);
      if (first.kind !== 'stored' || second.kind !== 'stored') throw new Error('not stored');
      expect(second.revision).toBeGreaterThan(first.revision);
      expect(await log.kv.put('k', bytes('x'), first.revision)).toEqual({ kind: 'moved' });
      await log.kv.delete('absent');
    });

    test('deletes a key of that revision alone, where one is named', async () => {
      const first = await log.kv.put('k', bytes('1'), 0);
      if (first.kind !== 'stored') throw new Error('not stored');
      const second = await log.kv.put('k', bytes('2'), first.revision);
      if (second.kind !== 'stored') throw new Error('not stored');
      await log.kv.put('other', bytes('x'), 0);
      await log.kv.delete('k', first.revision);
      await log.kv.delete('k', 0);
      expect((await log.kv.get('k'))?.revision).toBe(second.revision);
      await log.kv.delete('k', second.revision);
      expect(await log.kv.get('k')).toBeUndefined();
      await log.kv.delete('k', second.revision);
      expect(await log.kv.keys('')).toEqual(['other']);
    });

    test('lists keys by what they begin with, and keeps them', async () => {
      for (const key of ['archive.EVENTS', 'archive.ALERTS', 'archived', 'snapshot.1'])
        await log.kv.put(key, bytes('x'), 0);
      await log.kv.delete('archive.ALERTS');
      log = await on.reopen();
      expect((await log.kv.keys('archive.')).toSorted()).toEqual(['archive.EVENTS']);
      expect((await log.kv.keys('')).toSorted()).toEqual(['archive.EVENTS', 'archived', 'snapshot.1']);
      expect(await log.kv.keys('none')).toEqual([]);
    });
  });

  describe('blobs', () => {
    test('larger than a message come back whole, byte for byte', async () => {
      const data = Buffer.from(Array.from({ length: 5_000_000 }, (_, index) => (index * 31) % 251));
      await log.blobs.put('snapshot.3-a_b', data);
      log = await on.reopen();
      const read = await log.blobs.get('snapshot.3-a_b');
      expect(read && data.equals(read)).toBe(true);
    });

    test('are replaced whole, listed and deleted', async () => {
      await log.blobs.put('a.1', Buffer.alloc(2_000_000, 'x'));
      await log.blobs.put('a.1', Buffer.from('short'));
      await log.blobs.put('a.2', Buffer.alloc(0));
      await log.blobs.put('b', Buffer.from('b'));
      expect(Buffer.from((await log.blobs.get('a.1')) ?? []).toString()).toBe('short');
      expect((await log.blobs.get('a.2'))?.length).toBe(0);
      expect((await log.blobs.list('a.')).toSorted()).toEqual(['a.1', 'a.2']);
      await log.blobs.delete('a.1');
      await log.blobs.delete('absent');
      expect(await log.blobs.get('a.1')).toBeUndefined();
      expect((await log.blobs.list('')).toSorted()).toEqual(['a.2', 'b']);
    });

    test('are never seen half, by whoever reads while they are replaced', async () => {
      const size = 1_500_000;
      await log.blobs.put('s', Buffer.alloc(size, 'a'));
      const writing = (async () => {
        for (const letter of 'bcdef') await log.blobs.put('s', Buffer.alloc(size, letter));
      })();
      const seen: string[] = [];
      while (seen.at(-1) !== 'f') {
        await nextTurn();
        const read = Buffer.from((await log.blobs.get('s')) ?? []);
        const letter = read.toString('utf8', 0, 1);
        expect(read.equals(Buffer.alloc(size, letter))).toBe(true);
        seen.push(letter);
      }
      await writing;
      expect(seen).toEqual(seen.toSorted());
    });
  });
}
