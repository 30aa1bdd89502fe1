import { beforeEach, describe, expect, test } from 'vitest';
import type { Log, LogMessage } from '../../src/log/log.ts';
import { lostBefore } from '../../src/log/position.ts';
import { appendMany, range, take, textOf } from '../support/log.ts';
import type { Setting } from './setting.ts';

/** What readers get, and what is found without one. */
export function describeRead(on: Setting): void {
  let log: Log;
  beforeEach(() => {
    ({ log } = on);
  });

  describe('read', () => {
    test('gives every message once and in order, from any position, in batches no larger than asked', async () => {
      await appendMany(log, 500);
      for (const after of [0, 1, 250, 499]) {
        const reader = log.read('EVENTS', { after, maxMessages: 64 });
        const batches: (readonly LogMessage[])[] = [];
        for (let got = after; got < 500; got += batches.at(-1)?.length ?? 0) batches.push(await reader.next());
        await reader.close();
        expect(batches.flat().map(({ sequence }) => sequence)).toEqual(range(after + 1, 500));
        expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(64);
      }
    });

    test('goes from catching up to live without a gap or a repetition', async () => {
      await appendMany(log, 100);
      const reader = log.read('EVENTS', { after: 0, maxMessages: 30 });
      const reading = take(reader, 300);
      await appendMany(log, 200);
      expect((await reading).map(({ sequence }) => sequence)).toEqual(range(1, 300));
      await reader.close();
    });

    test('wakes at once for a message that comes while it waits', async () => {
      const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
      const waiting = reader.next();
      await on.append('now');
      expect((await waiting).map(textOf)).toEqual(['now']);
      await reader.close();
    });

    test('says the same of a message as `at` does', async () => {
      await on.append('a', { id: 'with headers', expectLast: 0 });
      const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
      const [message] = await reader.next();
      const at = await log.at('EVENTS', 1);
      expect({ ...message, data: textOf(message) }).toEqual({ ...at, data: textOf(at) });
      await reader.close();
    });

    test('answers with nothing when the wait is over, and goes on afterwards', async () => {
      const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
      expect(await reader.next({ waitMs: 50 })).toEqual([]);
      await on.append('later');
      expect((await reader.next({ waitMs: 10_000 })).map(textOf)).toEqual(['later']);
      await reader.close();
    });

    test('answers with nothing when it is closed, also in the middle of a wait', async () => {
      const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
      const waiting = reader.next();
      await reader.close();
      expect(await waiting).toEqual([]);
      expect(await reader.next()).toEqual([]);
    });

    test('ends for every reader when the log is closed', async () => {
      const waiting = log.read('EVENTS', { after: 0, maxMessages: 10 }).next();
      await log.close();
      expect(await waiting).toEqual([]);
    });

    test('shows what retention took as a first sequence beyond the next', async () => {
      await appendMany(log, 10);
      await log.trim('EVENTS', 6);
      const reader = log.read('EVENTS', { after: 2, maxMessages: 10 });
      const batch = await take(reader, 4);
      await reader.close();
      expect(batch.map(({ sequence }) => sequence)).toEqual([7, 8, 9, 10]);
      expect(lostBefore(batch, 2)).toEqual({ from: 3, to: 6 });
      expect(lostBefore(batch, 6)).toBeUndefined();
    });

    test('from beyond the end is refused: that log is not the one which was read', async () => {
      await appendMany(log, 3);
      const atEnd = log.read('EVENTS', { after: 3, maxMessages: 10 });
      expect(await atEnd.next({ waitMs: 20 })).toEqual([]);
      const beyond = log.read('EVENTS', { after: 4, maxMessages: 10 });
      await expect(beyond.next()).rejects.toMatchObject({ code: 'log-mismatch' });
      await Promise.all([atEnd.close(), beyond.close()]);
    });

    test('of several readers gives each of them everything', async () => {
      const readers = range(1, 4).map((index) => log.read('EVENTS', { after: 0, maxMessages: index * 10 }));
      const reading = Promise.all(readers.map((reader) => take(reader, 200)));
      await appendMany(log, 200);
      for (const read of await reading) expect(read.map(({ sequence }) => sequence)).toEqual(range(1, 200));
      await Promise.all(readers.map((reader) => reader.close()));
    });
  });

  describe('next and last', () => {
    beforeEach(async () => {
      for (const [index, org] of ['acme', 'beta', 'acme', 'beta', 'acme'].entries()) {
        const about = `weir.alerts.${org}.${index % 2 === 0 ? 'one' : 'two'}`;
        await log.append({ stream: 'ALERTS', subject: about, data: Buffer.from(String(index + 1)) });
      }
    });

    const nextOf = async (pattern: string, after: number) => (await log.next('ALERTS', pattern, after))?.sequence;

    test('next finds the first message of a subject after a sequence, with wildcards or without', async () => {
      expect(await nextOf('weir.alerts.acme.*', 0)).toBe(1);
      expect(await nextOf('weir.alerts.acme.*', 1)).toBe(3);
      expect(await nextOf('weir.alerts.beta.two', 2)).toBe(4);
      expect(await nextOf('weir.alerts.*.two', 0)).toBe(2);
      expect(await nextOf('weir.>', 4)).toBe(5);
      expect(await nextOf('weir.alerts.acme.*', 5)).toBeUndefined();
      expect(await nextOf('weir.alerts.gamma.*', 0)).toBeUndefined();
      expect(await nextOf('weir.alerts.acme.*', 99)).toBeUndefined();
    });

    test('last finds the newest message of a subject', async () => {
      expect((await log.last('ALERTS', 'weir.alerts.acme.one'))?.sequence).toBe(5);
      expect((await log.last('ALERTS', 'weir.alerts.beta.two'))?.sequence).toBe(4);
      expect(await log.last('ALERTS', 'weir.alerts.acme.two')).toBeUndefined();
    });

    test('neither finds what was trimmed, and a subject that is gone counts as new', async () => {
      await log.trim('ALERTS', 4);
      expect(await nextOf('weir.alerts.acme.*', 0)).toBe(5);
      expect(await nextOf('weir.alerts.beta.*', 0)).toBeUndefined();
      expect(await log.last('ALERTS', 'weir.alerts.beta.two')).toBeUndefined();
      const again = { stream: 'ALERTS', subject: 'weir.alerts.beta.two', data: Buffer.from('6') } as const;
      expect(await log.append({ ...again, expectLast: 4 })).toEqual({ kind: 'moved' });
      expect(await log.append({ ...again, expectLast: 0 })).toEqual({ kind: 'appended', sequence: 6 });
    });
  });
}
