import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Appended, Log } from '../../src/log/log.ts';
import { range, take, textOf } from '../support/log.ts';
import { subject, type Setting } from './setting.ts';

/** What is appended, and what is refused. */
export function describeAppend(on: Setting): void {
  let log: Log;
  beforeEach(() => {
    ({ log } = on);
  });

  describe('append', () => {
    test('gives rising sequences from 1, and keeps subject, bytes and time', async () => {
      expect(await on.append('a')).toEqual({ kind: 'appended', sequence: 1 });
      expect(await on.append('b')).toEqual({ kind: 'appended', sequence: 2 });
      const message = await log.at('EVENTS', 2);
      expect(message).toMatchObject({ sequence: 2, subject });
      expect(textOf(message)).toBe('b');
      expect(message?.storedAt).toBeGreaterThan(Date.parse('2024-01-01T00:00:00Z'));
      expect(await log.at('EVENTS', 3)).toBeUndefined();
    });

    test('answers a known id with the sequence of the first copy, and stores it once', async () => {
      await on.append('first');
      expect(await on.append('a', { id: 'x' })).toEqual({ kind: 'appended', sequence: 2 });
      expect(await on.append('other bytes', { id: 'x' })).toEqual({ kind: 'duplicate', sequence: 2 });
      expect(await on.append('b', { id: 'y' })).toEqual({ kind: 'appended', sequence: 3 });
      expect((await log.info('EVENTS')).messages).toBe(3);
    });

    test('knows an id again after it was opened anew', async () => {
      await on.append('a', { id: 'x' });
      log = await on.reopen();
      expect(await on.append('a', { id: 'x' })).toEqual({ kind: 'duplicate', sequence: 1 });
    });

    test('of the same id many times at once stores one', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => on.append('a', { id: 'x' })));
      expect(answers.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
      expect(answers.every((answer) => answer.kind !== 'moved' && answer.sequence === 1)).toBe(true);
    });

    test('does not confuse ids of different streams', async () => {
      await on.append('a', { id: 'x' });
      const letter = { stream: 'DEADLETTERS', subject: 'weir.deadletters.acme.intake', id: 'x' } as const;
      expect(await log.append({ ...letter, data: Buffer.from('b') })).toEqual({ kind: 'appended', sequence: 1 });
    });

    test('with an expected last sequence is refused when the subject has moved', async () => {
      expect(await on.append('a', { expectLast: 0 })).toEqual({ kind: 'appended', sequence: 1 });
      expect(await on.append('b', { expectLast: 0 })).toEqual({ kind: 'moved' });
      expect(await on.append('b', { expectLast: 1 })).toEqual({ kind: 'appended', sequence: 2 });
      expect(await on.append('c', { expectLast: 1 })).toEqual({ kind: 'moved' });
      expect(await on.append('d', { subject: 'weir.events.4.acme.gong', expectLast: 0 })).toMatchObject({
        sequence: 3,
      });
      expect(await on.append('c', { expectLast: 2 })).toEqual({ kind: 'appended', sequence: 4 });
    });

    test('says duplicate before it says moved, and a refused append leaves its id free', async () => {
      await on.append('a', { id: 'x', expectLast: 0 });
      expect(await on.append('a', { id: 'x', expectLast: 0 })).toEqual({ kind: 'duplicate', sequence: 1 });
      expect(await on.append('b', { id: 'y', expectLast: 7 })).toEqual({ kind: 'moved' });
      expect(await on.append('b', { id: 'y', expectLast: 1 })).toEqual({ kind: 'appended', sequence: 2 });
    });

    test('lets exactly one of many win that expect the same', async () => {
      const racers = Array.from({ length: 20 }, (_, index) => on.append(`racer ${index}`, { expectLast: 0 }));
      const answers = await Promise.all(racers);
      expect(answers.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
      expect(answers.filter(({ kind }) => kind === 'moved')).toHaveLength(19);
    });

    test('refuses a message that is too large, and a subject that is not the stream’s', async () => {
      await expect(on.append('x'.repeat(1024 * 1024 + 1))).rejects.toMatchObject({ code: 'message-too-large' });
      await expect(on.append('a', { subject: 'weir.alerts.acme.1' })).rejects.toThrow(RangeError);
      expect((await log.info('EVENTS')).lastSequence).toBe(0);
    });

    test('takes the largest message there may be, and an empty one', async () => {
      const largest = Buffer.alloc(1024 * 1024 - 4096, 'x');
      await log.append({ stream: 'EVENTS', subject, id: 'i'.repeat(128), expectLast: 0, data: largest });
      await on.append('');
      expect((await log.at('EVENTS', 1))?.data.length).toBe(largest.length);
      expect((await log.at('EVENTS', 2))?.data.length).toBe(0);
    });

    test('behaves as a list with two checks does, whatever comes', async () => {
      const ids = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined });
      const expected = fc.constantFrom('any', 'right', 'stale');
      const commands = fc.array(fc.record({ subject: fc.integer({ min: 0, max: 2 }), id: ids, expected }), {
        maxLength: 25,
      });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(commands, async (given) => {
          run += 1;
          const model = createModel((await log.info('EVENTS')).lastSequence);
          for (const [index, command] of given.entries()) {
            const about = `weir.events.0.run${run}.${command.subject}`;
            const last = model.last(about);
            const message = {
              stream: 'EVENTS',
              subject: about,
              data: Buffer.from(`${run}/${index}`),
              ...(command.id === undefined ? {} : { id: `${run}/${command.id}` }),
              ...(command.expected === 'any' ? {} : { expectLast: command.expected === 'right' ? last : last + 1 }),
            } as const;
            expect(await log.append(message)).toEqual(model.append(message));
            expect((await log.last('EVENTS', about))?.sequence ?? 0).toBe(model.last(about));
          }
          const reader = log.read('EVENTS', { after: model.start, maxMessages: 7 });
          const read = await take(reader, model.stored.length);
          await reader.close();
          expect(read.map((message) => [message.sequence, message.subject, textOf(message)])).toEqual(model.stored);
        }),
        { numRuns: 15 },
      );
    });
  });

  test('an empty stream begins at 1 and has given no sequence', async () => {
    expect(await log.info('SIGNALS')).toMatchObject({ firstSequence: 1, lastSequence: 0, messages: 0, bytes: 0 });
    expect((await log.info('SIGNALS')).created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(log.healthy()).toBe(true);
  });

  test('64 at once get a sequence each, without a gap', async () => {
    const answers = await Promise.all(
      range(1, 64).map(async (caller) => {
        const mine: Appended[] = [];
        for (const step of range(1, 20)) mine.push(await on.append(`${caller}/${step}`, { id: `${caller}/${step}` }));
        return mine;
      }),
    );
    const sequences = answers.flat().map((answer) => (answer.kind === 'appended' ? answer.sequence : -1));
    expect(sequences.toSorted((a, b) => a - b)).toEqual(range(1, 64 * 20));
    const inOrder = answers.map((mine) => mine.map((answer) => (answer.kind === 'moved' ? -1 : answer.sequence)));
    for (const mine of inOrder) expect(mine).toEqual(mine.toSorted((a, b) => a - b));
  });
}

/** The log as a list: what `append` must answer. */
function createModel(start: number) {
  const stored: [sequence: number, subject: string, text: string][] = [];
  const lasts = new Map<string, number>();
  const ids = new Map<string, number>();
  const last = (subject: string) => lasts.get(subject) ?? 0;
  return {
    start,
    stored,
    last,
    append(message: { subject: string; data: Buffer; id?: string; expectLast?: number }): Appended {
      const copy = message.id === undefined ? undefined : ids.get(message.id);
      if (copy !== undefined) return { kind: 'duplicate', sequence: copy };
      if (message.expectLast !== undefined && message.expectLast !== last(message.subject)) return { kind: 'moved' };
      const sequence = start + stored.length + 1;
      stored.push([sequence, message.subject, message.data.toString()]);
      lasts.set(message.subject, sequence);
      if (message.id !== undefined) ids.set(message.id, sequence);
      return { kind: 'appended', sequence };
    },
  };
}
