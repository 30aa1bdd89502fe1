import { beforeEach, describe, expect, test } from 'vitest';
import type { Log } from '../../src/log/log.ts';
import { positionAt, verify } from '../../src/log/position.ts';
import { appendMany, definitionsWith, range, take } from '../support/log.ts';
import type { Setting } from './setting.ts';

/** What leaves the log, and what those who read it notice of that. */
export function describeRetention(on: Setting): void {
  let log: Log;
  beforeEach(() => {
    ({ log } = on);
  });

  describe('retention', () => {
    const small = definitionsWith('INTAKE', { maxBytes: 200_000 });
    const fill = (index: number) =>
      log.append({
        stream: 'INTAKE',
        subject: 'weir.intake.acme.custom',
        data: Buffer.alloc(10_000, 'x'),
        id: `fill-${index}`,
      });

    test('by size refuses what does not fit, drops nothing, and takes it once there is room', async () => {
      log = await on.reopen({ definitions: small });
      let stored = 0;
      const filling = async () => {
        for (; stored < 100; stored += 1) await fill(stored);
      };
      await expect(filling()).rejects.toMatchObject({ code: 'log-full', retriable: true });
      expect(stored).toBeGreaterThan(15);
      expect(await log.info('INTAKE')).toMatchObject({ firstSequence: 1, lastSequence: stored, messages: stored });

      await log.trim('INTAKE', 5);
      expect(await fill(stored)).toEqual({ kind: 'appended', sequence: stored + 1 });
    });

    test('a stream that is full refuses and the others go on', async () => {
      log = await on.reopen({ definitions: small });
      await Promise.allSettled(range(1, 40).map(fill));
      await expect(fill(99)).rejects.toMatchObject({ code: 'log-full' });
      expect(await on.append('a')).toMatchObject({ kind: 'appended' });
    });

    test('by age lets go what is older, and keeps on counting', async () => {
      log = await on.reopen({ definitions: definitionsWith('EVENTS', { maxAgeMs: 1_500 }) });
      for (const text of ['a', 'b', 'c']) await on.append(text);
      on.under.age(1_600);
      // Something else being written is enough for the embedded log to look what has aged.
      const messagesLeft = async () => {
        await log.kv.put('tick', Buffer.from('x'), (await log.kv.get('tick'))?.revision ?? 0);
        return (await log.info('EVENTS')).messages;
      };
      await expect.poll(messagesLeft).toBe(0);
      expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 4, lastSequence: 3 });
      expect(await on.append('d', { expectLast: 0 })).toEqual({ kind: 'appended', sequence: 4 });
      expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 4, lastSequence: 4, messages: 1 });
    });

    test('is changed by opening the log with other definitions', async () => {
      log = await on.reopen({ definitions: small });
      await Promise.allSettled(range(1, 40).map(fill));
      await expect(fill(50)).rejects.toMatchObject({ code: 'log-full' });
      log = await on.reopen({ definitions: definitionsWith('INTAKE', { maxBytes: 2_000_000 }) });
      expect(await fill(51)).toMatchObject({ kind: 'appended' });
    });
  });

  describe('trim', () => {
    test('removes through a sequence, and never moves the end', async () => {
      await appendMany(log, 300);
      await log.trim('EVENTS', 0);
      expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 1, messages: 300 });
      await log.trim('EVENTS', 120);
      expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 121, lastSequence: 300, messages: 180 });
      expect(await log.at('EVENTS', 120)).toBeUndefined();
      expect((await log.at('EVENTS', 121))?.sequence).toBe(121);
      await log.trim('EVENTS', 50);
      await log.trim('EVENTS', 9_999);
      expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 301, lastSequence: 300, messages: 0 });
      expect(await on.append('next')).toEqual({ kind: 'appended', sequence: 301 });
      log = await on.reopen();
      expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 301, lastSequence: 301, messages: 1 });
    });

    test('does not make an id new', async () => {
      await on.append('a', { id: 'x' });
      await log.trim('EVENTS', 1);
      expect(await on.append('a', { id: 'x' })).toEqual({ kind: 'duplicate', sequence: 1 });
    });

    test('while a reader waits leaves the reader waiting for what comes next', async () => {
      const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
      await appendMany(log, 5);
      await log.trim('EVENTS', 5);
      await reader.next({ waitMs: 200 });
      await on.append('six');
      expect((await take(reader, 1)).at(-1)).toMatchObject({ sequence: 6 });
      await reader.close();
    });
  });

  describe('positions', () => {
    const messageAt = async (sequence: number) => {
      const message = await log.at('EVENTS', sequence);
      if (!message) throw new Error(`no message at ${sequence}`);
      return message;
    };

    test('a position holds while its log does', async () => {
      await appendMany(log, 10);
      const start = await positionAt(log, 'EVENTS');
      const middle = await positionAt(log, 'EVENTS', await messageAt(5));
      log = await on.reopen();
      expect(await verify(log, 'EVENTS', start)).toBe('valid');
      expect(await verify(log, 'EVENTS', middle)).toBe('valid');
    });

    test('a position whose message has aged out is said to be trimmed, unless nothing is lost by it', async () => {
      await appendMany(log, 10);
      const middle = await positionAt(log, 'EVENTS', await messageAt(5));
      await log.trim('EVENTS', 5);
      expect(await verify(log, 'EVENTS', middle)).toBe('valid');
      await log.trim('EVENTS', 6);
      expect(await verify(log, 'EVENTS', middle)).toBe('trimmed');
    });

    test('a position of another log is noticed', async () => {
      await appendMany(log, 10);
      const middle = await positionAt(log, 'EVENTS', await messageAt(5));
      const elsewhere = await on.another();
      const other = await elsewhere.open();
      expect(await verify(other, 'EVENTS', middle)).toBe('other-log');
      await other.close();
      await elsewhere.dispose();
    });

    test('a log restored to an earlier state is noticed, and also when it was written on', async () => {
      await appendMany(log, 10);
      log = await on.reopen({ closed: () => on.under.save() });
      await appendMany(log, 5);
      const late = await positionAt(log, 'EVENTS', await messageAt(15));
      const early = await positionAt(log, 'EVENTS', await messageAt(10));
      log = await on.reopen({
        async closed() {
          await on.under.restore();
          on.under.age(1_000);
        },
      });
      expect(await verify(log, 'EVENTS', early)).toBe('valid');
      expect(await verify(log, 'EVENTS', late)).toBe('cut');
      await appendMany(log, 5);
      expect(await verify(log, 'EVENTS', late)).toBe('rewritten');
    });
  });
}
