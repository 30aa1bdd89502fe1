import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Appended, Log, LogMessage, LogReader, StreamName, WorkItem, WorkTaker } from '../../src/log/log.ts';
import { lostBefore, positionAt, verify } from '../../src/log/position.ts';
import {
  defaultRetention,
  defaultWork,
  streamDefinitions,
  type StreamDefinition,
  type WorkSettings,
} from '../../src/log/streams.ts';

/** A log to put to the test, with a hand on what lies under it. */
export interface LogUnderTest {
  open(definitions?: readonly StreamDefinition[], work?: WorkSettings): Promise<Log>;
  /** Keeps a copy of all that is stored. No log may be open. */
  save(): Promise<void>;
  /** Puts the copy back, as one restores a backup. No log may be open. */
  restore(): Promise<void>;
  /** Lets time pass, where time is ours to move; elsewhere it passes by itself. */
  age(ms: number): void;
  dispose(): Promise<void>;
}

export const smallDefinitions = streamDefinitions({
  ...defaultRetention,
  eventsMaxBytes: 64 * 1024 ** 2,
  signalsMaxBytes: 64 * 1024 ** 2,
  othersMaxBytes: 64 * 1024 ** 2,
});

export const smallWork: WorkSettings = { ...defaultWork, maxBytes: 16 * 1024 ** 2 };

/** What every adapter of the log promises. */
export function describeLog(name: string, make: () => Promise<LogUnderTest>): void {
  describe(`the log on ${name}`, () => {
    let under: LogUnderTest;
    let log: Log;
    let others: Log[];

    beforeEach(async () => {
      under = await make();
      log = await under.open();
      others = [];
    });
    afterEach(async () => {
      await Promise.all([log, ...others].map((each) => each.close()));
      await under.dispose();
    });

    async function reopen(definitions?: readonly StreamDefinition[], work?: WorkSettings): Promise<void> {
      await log.close();
      log = await under.open(definitions, work);
    }

    const subject = 'weir.events.3.acme.gong';
    const append = (text: string, more: { subject?: string; id?: string; expectLast?: number } = {}) =>
      log.append({ stream: 'EVENTS', subject, data: Buffer.from(text), ...more });

    describe('append', () => {
      test('gives rising sequences from 1, and keeps subject, bytes and time', async () => {
        expect(await append('a')).toEqual({ kind: 'appended', sequence: 1 });
        expect(await append('b')).toEqual({ kind: 'appended', sequence: 2 });
        const message = await log.at('EVENTS', 2);
        expect(message).toMatchObject({ sequence: 2, subject });
        expect(textOf(message)).toBe('b');
        expect(message?.storedAt).toBeGreaterThan(Date.parse('2024-01-01T00:00:00Z'));
        expect(await log.at('EVENTS', 3)).toBeUndefined();
      });

      test('answers a known id with the sequence of the first copy, and stores it once', async () => {
        await append('first');
        expect(await append('a', { id: 'x' })).toEqual({ kind: 'appended', sequence: 2 });
        expect(await append('other bytes', { id: 'x' })).toEqual({ kind: 'duplicate', sequence: 2 });
        expect(await append('b', { id: 'y' })).toEqual({ kind: 'appended', sequence: 3 });
        expect((await log.info('EVENTS')).messages).toBe(3);
      });

      test('knows an id again after it was opened anew', async () => {
        await append('a', { id: 'x' });
        await reopen();
        expect(await append('a', { id: 'x' })).toEqual({ kind: 'duplicate', sequence: 1 });
      });

      test('of the same id many times at once stores one', async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, () => append('a', { id: 'x' })));
        expect(answers.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
        expect(answers.every((answer) => answer.kind !== 'moved' && answer.sequence === 1)).toBe(true);
      });

      test('does not confuse ids of different streams', async () => {
        await append('a', { id: 'x' });
        const letter = { stream: 'DEADLETTERS', subject: 'weir.deadletters.acme.intake', id: 'x' } as const;
        expect(await log.append({ ...letter, data: Buffer.from('b') })).toEqual({ kind: 'appended', sequence: 1 });
      });

      test('with an expected last sequence is refused when the subject has moved', async () => {
        expect(await append('a', { expectLast: 0 })).toEqual({ kind: 'appended', sequence: 1 });
        expect(await append('b', { expectLast: 0 })).toEqual({ kind: 'moved' });
        expect(await append('b', { expectLast: 1 })).toEqual({ kind: 'appended', sequence: 2 });
        expect(await append('c', { expectLast: 1 })).toEqual({ kind: 'moved' });
        expect(await append('d', { subject: 'weir.events.4.acme.gong', expectLast: 0 })).toMatchObject({ sequence: 3 });
        expect(await append('c', { expectLast: 2 })).toEqual({ kind: 'appended', sequence: 4 });
      });

      test('says duplicate before it says moved, and a refused append leaves its id free', async () => {
        await append('a', { id: 'x', expectLast: 0 });
        expect(await append('a', { id: 'x', expectLast: 0 })).toEqual({ kind: 'duplicate', sequence: 1 });
        expect(await append('b', { id: 'y', expectLast: 7 })).toEqual({ kind: 'moved' });
        expect(await append('b', { id: 'y', expectLast: 1 })).toEqual({ kind: 'appended', sequence: 2 });
      });

      test('lets exactly one of many win that expect the same', async () => {
        const racers = Array.from({ length: 20 }, (_, index) => append(`racer ${index}`, { expectLast: 0 }));
        const answers = await Promise.all(racers);
        expect(answers.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
        expect(answers.filter(({ kind }) => kind === 'moved')).toHaveLength(19);
      });

      test('refuses a message that is too large, and a subject that is not the stream’s', async () => {
        await expect(append('x'.repeat(1024 * 1024 + 1))).rejects.toMatchObject({ code: 'message-too-large' });
        await expect(append('a', { subject: 'weir.alerts.acme.1' })).rejects.toThrow(RangeError);
        expect((await log.info('EVENTS')).lastSequence).toBe(0);
      });

      test('takes the largest message there may be, and an empty one', async () => {
        const largest = Buffer.alloc(1024 * 1024 - 4096, 'x');
        await log.append({ stream: 'EVENTS', subject, id: 'i'.repeat(128), expectLast: 0, data: largest });
        await append('');
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
        await append('now');
        expect((await waiting).map(textOf)).toEqual(['now']);
        await reader.close();
      });

      test('says the same of a message as `at` does', async () => {
        await append('a', { id: 'with headers', expectLast: 0 });
        const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
        const [message] = await reader.next();
        const at = await log.at('EVENTS', 1);
        expect({ ...message, data: textOf(message) }).toEqual({ ...at, data: textOf(at) });
        await reader.close();
      });

      test('answers with nothing when the wait is over, and goes on afterwards', async () => {
        const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
        expect(await reader.next({ waitMs: 50 })).toEqual([]);
        await append('later');
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
        await reopen(small);
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
        await reopen(small);
        await Promise.allSettled(range(1, 40).map(fill));
        await expect(fill(99)).rejects.toMatchObject({ code: 'log-full' });
        expect(await append('a')).toMatchObject({ kind: 'appended' });
      });

      test('by age lets go what is older, and keeps on counting', async () => {
        await reopen(definitionsWith('EVENTS', { maxAgeMs: 1_500 }));
        for (const text of ['a', 'b', 'c']) await append(text);
        under.age(1_600);
        // Something else being written is enough for the embedded log to look what has aged.
        const messagesLeft = async () => {
          await log.kv.put('tick', Buffer.from('x'), (await log.kv.get('tick'))?.revision ?? 0);
          return (await log.info('EVENTS')).messages;
        };
        await expect.poll(messagesLeft, { timeout: 20_000 }).toBe(0);
        expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 4, lastSequence: 3 });
        expect(await append('d', { expectLast: 0 })).toEqual({ kind: 'appended', sequence: 4 });
        expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 4, lastSequence: 4, messages: 1 });
      });

      test('is changed by opening the log with other definitions', async () => {
        await reopen(small);
        await Promise.allSettled(range(1, 40).map(fill));
        await expect(fill(50)).rejects.toMatchObject({ code: 'log-full' });
        await reopen(definitionsWith('INTAKE', { maxBytes: 2_000_000 }));
        expect(await fill(51)).toMatchObject({ kind: 'appended' });
      });
    });

    describe('trim', () => {
      test('removes through a sequence, and never moves the end', async () => {
        await appendMany(log, 300);
        await log.trim('EVENTS', 120);
        expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 121, lastSequence: 300, messages: 180 });
        expect(await log.at('EVENTS', 120)).toBeUndefined();
        expect((await log.at('EVENTS', 121))?.sequence).toBe(121);
        await log.trim('EVENTS', 50);
        await log.trim('EVENTS', 9_999);
        expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 301, lastSequence: 300, messages: 0 });
        expect(await append('next')).toEqual({ kind: 'appended', sequence: 301 });
        await reopen();
        expect(await log.info('EVENTS')).toMatchObject({ firstSequence: 301, lastSequence: 301, messages: 1 });
      });

      test('does not make an id new', async () => {
        await append('a', { id: 'x' });
        await log.trim('EVENTS', 1);
        expect(await append('a', { id: 'x' })).toEqual({ kind: 'duplicate', sequence: 1 });
      });

      test('while a reader waits leaves the reader waiting for what comes next', async () => {
        const reader = log.read('EVENTS', { after: 0, maxMessages: 10 });
        await appendMany(log, 5);
        await log.trim('EVENTS', 5);
        await reader.next({ waitMs: 200 });
        await append('six');
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
        await reopen();
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
        const elsewhere = await make();
        const other = await elsewhere.open();
        expect(await verify(other, 'EVENTS', middle)).toBe('other-log');
        await other.close();
        await elsewhere.dispose();
      });

      test('a log restored to an earlier state is noticed, and also when it was written on', async () => {
        await appendMany(log, 10);
        await log.close();
        await under.save();
        log = await under.open();
        await appendMany(log, 5);
        const late = await positionAt(log, 'EVENTS', await messageAt(15));
        const early = await positionAt(log, 'EVENTS', await messageAt(10));
        await log.close();
        await under.restore();
        under.age(1_000);
        log = await under.open();
        expect(await verify(log, 'EVENTS', early)).toBe('valid');
        expect(await verify(log, 'EVENTS', late)).toBe('cut');
        await appendMany(log, 5);
        expect(await verify(log, 'EVENTS', late)).toBe('rewritten');
      });
    });

    describe('work', () => {
      const add = (name: string) => log.work.add({ org: 'acme', id: name, data: Buffer.from(name) });
      /** Takes items and leaves them unsettled, in the order they come. */
      function hold(atOnce: number): { readonly items: WorkItem[]; readonly taker: WorkTaker } {
        const items: WorkItem[] = [];
        return { items, taker: log.work.take({ atOnce, handle: (item) => void items.push(item) }) };
      }
      const count = (items: readonly WorkItem[], wanted: number) =>
        expect.poll(() => items.length, { timeout: 20_000 }).toBe(wanted);
      const named = (items: readonly WorkItem[]) => items.map(({ data }) => Buffer.from(data).toString());

      test('goes to whoever takes it, in order, and is gone when it is done', async () => {
        for (const name of ['a', 'b', 'c']) expect(await add(name)).toBe('added');
        expect(await log.work.waiting()).toBe(3);
        const { items } = hold(10);
        await count(items, 3);
        expect(named(items)).toEqual(['a', 'b', 'c']);
        expect(items[0]).toMatchObject({ org: 'acme', deliveries: 1 });
        await Promise.all(items.map((item) => item.done()));
        expect(await log.work.waiting()).toBe(0);
        await add('d');
        await count(items, 4);
      });

      test('of an id that is known is not added again, also when it is done', async () => {
        expect(await Promise.all([add('a'), add('a')])).toEqual(['added', 'duplicate']);
        const { items } = hold(1);
        await count(items, 1);
        await items[0]?.done();
        expect(await add('a')).toBe('duplicate');
        expect(await log.work.waiting()).toBe(0);
      });

      test('is shared: each item goes to one of several takers, none to one that holds as many as it may', async () => {
        const first = hold(2);
        const second = hold(3);
        for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await add(name);
        await count(first.items, 2);
        await count(second.items, 3);
        expect(new Set(named([...first.items, ...second.items])).size).toBe(5);
        await first.items[0]?.done();
        await count(first.items, 3);
        expect(new Set(named([...first.items, ...second.items])).size).toBe(6);
      });

      test('comes again when whoever took it says nothing for as long as a lease', async () => {
        await reopen(undefined, { ...smallWork, leaseMs: 300 });
        await add('a');
        const { items } = hold(2);
        await count(items, 2);
        expect(items.map(({ deliveries }) => deliveries)).toEqual([1, 2]);
        // Who was taken for dead may finish all the same.
        await items[0]?.done();
        expect(await log.work.waiting()).toBe(0);
      });

      test('is not put off, nor held on to, by who was taken for dead', async () => {
        await reopen(undefined, { ...smallWork, leaseMs: 500 });
        await add('a');
        const { items } = hold(10);
        await count(items, 2);
        items[0]?.later(60_000);
        items[0]?.progress();
        // The lease of whoever has it runs out as if nothing had been said, and the item comes at once.
        await count(items, 3);
        await items[2]?.done();
      });

      test('does not come again as long as whoever took it says it is at it', async () => {
        await reopen(undefined, { ...smallWork, leaseMs: 400 });
        await add('long');
        const { items } = hold(10);
        await count(items, 1);
        const beating = setInterval(() => items[0]?.progress(), 50);
        // Three leases of another item, which nobody is at, go by.
        await add('forgotten');
        await expect
          .poll(() => named(items).filter((name) => name === 'forgotten').length, { timeout: 20_000 })
          .toBeGreaterThan(3);
        clearInterval(beating);
        expect(named(items).filter((name) => name === 'long')).toHaveLength(1);
        await items[0]?.done();
      });

      test('that was put off comes again later, and lets others go first', async () => {
        await add('a');
        await add('b');
        const { items } = hold(1);
        await count(items, 1);
        items[0]?.later(200);
        await count(items, 2);
        await items[1]?.done();
        await count(items, 3);
        expect(named(items)).toEqual(['a', 'b', 'a']);
        expect(items[2]?.deliveries).toBe(2);
      });

      test('in flight is never more than the cap', async () => {
        await reopen(undefined, { ...smallWork, inFlightMax: 2 });
        const { items } = hold(10);
        for (const name of ['a', 'b', 'c', 'd']) await add(name);
        await count(items, 2);
        await items[0]?.done();
        await count(items, 3);
        await Promise.all(items.slice(1).map((item) => item.done()));
        await count(items, 4);
      });

      test('is still there after it was opened anew, with how often it was delivered', async () => {
        await reopen(undefined, { ...smallWork, leaseMs: 500 });
        await add('a');
        await add('b');
        const before = hold(1);
        await count(before.items, 1);
        await reopen(undefined, { ...smallWork, leaseMs: 500 });
        expect(await log.work.waiting()).toBe(2);
        const { items } = hold(2);
        await count(items, 2);
        const again = items.find((item) => named([item])[0] === 'a');
        expect(again?.deliveries).toBe(2);
      });

      test('that is too large, or does not fit, is refused', async () => {
        await reopen(undefined, { ...smallWork, maxBytes: 300_000 });
        const large = (id: string, bytes: number) => log.work.add({ org: 'acme', id, data: Buffer.alloc(bytes) });
        await expect(large('huge', 1024 * 1024 + 1)).rejects.toMatchObject({ code: 'message-too-large' });
        await large('one', 200_000);
        await expect(large('two', 200_000)).rejects.toMatchObject({ code: 'log-full' });
        const { items } = hold(1);
        await count(items, 1);
        await items[0]?.done();
        expect(await large('three', 200_000)).toBe('added');
      });
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

      test('lists keys by what they begin with, and keeps them', async () => {
        for (const key of ['archive.EVENTS', 'archive.ALERTS', 'archived', 'snapshot.1'])
          await log.kv.put(key, bytes('x'), 0);
        await log.kv.delete('archive.ALERTS');
        await reopen();
        expect((await log.kv.keys('archive.')).toSorted()).toEqual(['archive.EVENTS']);
        expect((await log.kv.keys('')).toSorted()).toEqual(['archive.EVENTS', 'archived', 'snapshot.1']);
        expect(await log.kv.keys('none')).toEqual([]);
      });
    });

    describe('blobs', () => {
      test('larger than a message come back whole, byte for byte', async () => {
        const data = Buffer.from(Array.from({ length: 5_000_000 }, (_, index) => (index * 31) % 251));
        await log.blobs.put('snapshot.3-a_b', data);
        await reopen();
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

    test('an empty stream begins at 1 and has given no sequence', async () => {
      expect(await log.info('SIGNALS')).toMatchObject({ firstSequence: 1, lastSequence: 0, messages: 0, bytes: 0 });
      expect((await log.info('SIGNALS')).created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      expect(log.healthy()).toBe(true);
    });

    test('64 at once get a sequence each, without a gap', async () => {
      const answers = await Promise.all(
        range(1, 64).map(async (caller) => {
          const mine: Appended[] = [];
          for (const step of range(1, 20)) mine.push(await append(`${caller}/${step}`, { id: `${caller}/${step}` }));
          return mine;
        }),
      );
      const sequences = answers.flat().map((answer) => (answer.kind === 'appended' ? answer.sequence : -1));
      expect(sequences.toSorted((a, b) => a - b)).toEqual(range(1, 64 * 20));
      const inOrder = answers.map((mine) => mine.map((answer) => (answer.kind === 'moved' ? -1 : answer.sequence)));
      for (const mine of inOrder) expect(mine).toEqual(mine.toSorted((a, b) => a - b));
    });
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

function definitionsWith(name: StreamName, change: Partial<StreamDefinition>): readonly StreamDefinition[] {
  return smallDefinitions.map((definition) => (definition.name === name ? { ...definition, ...change } : definition));
}

/** Appends so many, many at once, in order. */
async function appendMany(log: Log, count: number): Promise<void> {
  const texts = range(1, count).map((index) => `message ${index}`);
  await Promise.all(
    texts.map((text) => log.append({ stream: 'EVENTS', subject: 'weir.events.3.acme.gong', data: Buffer.from(text) })),
  );
}

export async function take(reader: LogReader, count: number): Promise<LogMessage[]> {
  const taken: LogMessage[] = [];
  while (taken.length < count) taken.push(...(await reader.next()));
  return taken;
}

export function textOf(message: LogMessage | undefined): string | undefined {
  return message && Buffer.from(message.data).toString();
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
