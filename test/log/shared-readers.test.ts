import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import { createWaiters } from '../../src/core/waiters.ts';
import { createSharedReaders } from '../../src/log/jetstream/shared.ts';
import type { LogMessage, LogReader } from '../../src/log/log.ts';

/** A stream on a server: who reads it has a reader of his own there, and what goes over the wire is counted. */
function createServer() {
  const stored: LogMessage[] = [];
  const grown = createWaiters();
  const lost = new Set<number>();
  let first = 1;
  let failure: WeirError | undefined;
  let breakOff: () => void = () => undefined;
  const sent = { messages: 0, readers: 0, open: 0 };

  function open(after: number, maxMessages: number): LogReader {
    let position = after;
    const closing = new AbortController();
    sent.readers += 1;
    sent.open += 1;
    return {
      async next({ waitMs } = {}) {
        const isOver = () => closing.signal.aborted || failure !== undefined;
        const batch = () =>
          stored.filter(({ sequence }) => sequence > position && sequence >= first && !lost.has(sequence));
        while (!isOver() && batch().length === 0) {
          await grown.next(waitMs);
          if (waitMs !== undefined) break;
        }
        if (failure) throw failure;
        const taken = closing.signal.aborted ? [] : batch().slice(0, maxMessages);
        sent.messages += taken.length;
        position = taken.at(-1)?.sequence ?? position;
        return taken;
      },
      async close() {
        if (!closing.signal.aborted) sent.open -= 1;
        closing.abort();
        grown.happened();
      },
    };
  }

  return {
    sent,
    read: createSharedReaders(
      (_, { after, maxMessages }) => open(after, maxMessages),
      (callback) => {
        breakOff = callback;
      },
    ),
    append(howMany: number, bytes = 10): void {
      for (let index = 0; index < howMany; index++) {
        const sequence = stored.length + 1;
        stored.push({ sequence, subject: 's', storedAt: sequence, data: new Uint8Array(bytes) });
      }
      grown.happened();
    },
    /** Retention takes what lies before a sequence. */
    cut(sequence: number): void {
      first = Math.min(Math.max(first, sequence), stored.length + 1);
    },
    /** Retention took those while others were being sent: what comes has a gap in it. */
    lose(from: number, to: number): void {
      for (let sequence = from; sequence <= to; sequence++) lost.add(sequence);
    },
    last: () => stored.length,
    first: () => first,
    fail(error: WeirError): void {
      failure = error;
      grown.happened();
    },
    /** It goes away, and comes back with an earlier log. */
    restore(): void {
      breakOff();
      failure = new WeirError('log-mismatch', 'restored');
    },
  };
}

const sequencesOf = (messages: readonly LogMessage[]) => messages.map(({ sequence }) => sequence);

/** What a step does to the server or to one of the readers. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 5 }), bytes: fc.constantFrom(10, 900_000) }) },
  { weight: 6, arbitrary: fc.record({ reader: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ cut: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ reopen: fc.nat(3) }) },
);

describe('readers that share what a server sends', () => {
  it('see all that is there, in order, each once, however they read and whatever retention takes', async () => {
    const reading = fc.record({ after: fc.nat(12), maxMessages: fc.integer({ min: 1, max: 7 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(reading, { minLength: 4, maxLength: 4 }),
        fc.array(step, { maxLength: 60 }),
        async (all, steps) => {
          const server = createServer();
          server.append(6);
          const readers = all.map(({ after, maxMessages }) => ({
            maxMessages,
            position: after,
            reader: server.read('EVENTS', { after, maxMessages }),
          }));
          async function readOne(index: number): Promise<void> {
            const one = readers[index];
            if (!one) return;
            const wanted = Math.max(one.position + 1, server.first());
            const batch = sequencesOf(
              await one.reader
                .next({ waitMs: 0 })
                .then(async (got) => (got.length > 0 || wanted > server.last() ? got : one.reader.next())),
            );
            expect(batch.length).toBeLessThanOrEqual(one.maxMessages);
            const [begin] = batch;
            if (begin === undefined) return expect(wanted).toBeGreaterThan(server.last());
            // What retention took may have been on its way already.
            expect(begin).toBeGreaterThan(one.position);
            expect(begin).toBeLessThanOrEqual(wanted);
            expect(batch).toEqual(batch.map((_, at) => begin + at));
            one.position = batch.at(-1) ?? one.position;
          }
          for (const each of steps) {
            if ('append' in each) server.append(each.append, each.bytes);
            else if ('cut' in each) server.cut(each.cut);
            else if ('reader' in each) await readOne(each.reader);
            else {
              const one = readers[each.reopen];
              await one?.reader.close();
              if (one) one.reader = server.read('EVENTS', { after: one.position, maxMessages: one.maxMessages });
            }
          }
          await Promise.all(readers.map(({ reader }) => reader.close()));
          expect(server.sent.open).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('have each message sent once as long as they keep up, and come together again after one fell behind', async () => {
    const server = createServer();
    const readers = [1, 2, 3].map(() => server.read('EVENTS', { after: 0, maxMessages: 100 }));
    const [, , slow] = readers;
    for (let round = 0; round < 50; round++) {
      server.append(10);
      for (const reader of readers) expect(await reader.next()).toHaveLength(10);
    }
    expect(server.sent).toEqual({ messages: 500, readers: 1, open: 1 });

    // What is kept for them has its bounds: 4 MB, and he is further behind.
    for (let round = 0; round < 8; round++) {
      server.append(1, 900_000);
      for (const reader of readers) if (reader !== slow) await reader.next();
    }
    expect(sequencesOf((await slow?.next()) ?? [])).toEqual([501, 502, 503, 504, 505, 506, 507, 508]);
    server.append(10);
    for (const reader of readers) expect(await reader.next()).toHaveLength(10);
    expect(server.sent).toEqual({ messages: 526, readers: 2, open: 1 });
    await Promise.all(readers.map((reader) => reader.close()));
    expect(server.sent.open).toBe(0);
  });

  it('miss nothing and see nothing twice where what is sent has a gap in it', async () => {
    const maxima = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(maxima, fc.infiniteStream(fc.nat(3)), async (all, turns) => {
        const server = createServer();
        server.append(14);
        server.lose(4, 5);
        server.lose(9, 9);
        const seen = [1, 2, 3, 6, 7, 8, 10, 11, 12, 13, 14];
        const readers = all.map((maxMessages) => ({
          reader: server.read('EVENTS', { after: 0, maxMessages }),
          read: [] as number[],
        }));
        const behind = () => readers.filter(({ read }) => read.length < seen.length);
        for (let left = behind(); left.length > 0; left = behind()) {
          const one = left[(turns.next().value ?? 0) % left.length];
          if (one) one.read.push(...sequencesOf(await one.reader.next({ waitMs: 100 })));
          if (one) expect(one.read).toEqual(seen.slice(0, one.read.length));
        }
        await Promise.all(readers.map(({ reader }) => reader.close()));
      }),
    );
  });

  it('have what comes sent once, however large it is', async () => {
    const server = createServer();
    const reader = server.read('EVENTS', { after: 0, maxMessages: 1_000 });
    server.append(8, 900_000);
    expect(await reader.next()).toHaveLength(8);
    server.append(8, 900_000);
    expect(await reader.next()).toHaveLength(8);
    expect(server.sent).toEqual({ messages: 16, readers: 1, open: 1 });
    await reader.close();
  });

  it('do not wait for one of them that reads no more', async () => {
    const server = createServer();
    const idle = server.read('EVENTS', { after: 0, maxMessages: 10 });
    server.append(10);
    await idle.next();
    const [one, other] = [1, 2].map(() => server.read('EVENTS', { after: 0, maxMessages: 10 }));
    for (let round = 0; round < 20; round++) {
      server.append(10);
      expect(await one?.next()).toHaveLength(10);
      expect(await other?.next()).toHaveLength(10);
    }
    expect(server.sent.open).toBe(1);
    for (const reader of [idle, one, other]) await reader?.close();
  });

  it('all hear that the log is not the one they read', async () => {
    const server = createServer();
    server.append(3);
    const readers = [1, 2].map(() => server.read('EVENTS', { after: 0, maxMessages: 10 }));
    const [waiting, busy] = readers;
    await Promise.all(readers.map((reader) => reader.next()));
    const waits = waiting?.next();
    server.fail(new WeirError('log-mismatch', 'restored'));
    await expect(waits).rejects.toMatchObject({ code: 'log-mismatch' });
    await expect(busy?.next()).rejects.toMatchObject({ code: 'log-mismatch' });
    await Promise.all(readers.map((reader) => reader.close()));
    expect(server.sent.open).toBe(0);
  });

  it('hear it though nobody asks the server, and what they ask for is in memory', async () => {
    const server = createServer();
    server.append(9);
    const readers = [10, 3].map((maxMessages) => server.read('EVENTS', { after: 0, maxMessages }));
    const [foremost, behind] = readers;
    await foremost?.next();
    expect(sequencesOf((await behind?.next()) ?? [])).toEqual([1, 2, 3]);
    server.append(1);
    // What it had sent already is brought first.
    server.restore();
    await nextTick();
    await expect(behind?.next()).rejects.toMatchObject({ code: 'log-mismatch' });
    await Promise.all(readers.map((reader) => reader.close()));
    expect(server.sent.open).toBe(0);
  });

  it('do not wait where more than is kept comes as one of them joins the others', async () => {
    const server = createServer();
    const readers = [1, 2].map(() => server.read('EVENTS', { after: 0, maxMessages: 4 }));
    const [foremost, other] = readers;
    server.append(4, 900_000);
    for (const reader of readers) await reader.next();
    server.append(4, 900_000);
    await foremost?.next();
    server.append(1, 900_000);
    await foremost?.next();
    // Alone, up to where the tail still reaches.
    expect(sequencesOf((await other?.next()) ?? [])).toEqual([5, 6, 7, 8]);
    const waits = foremost?.next();
    await nextTick();
    const joins = other?.next();
    server.append(4, 900_000);
    expect(sequencesOf((await joins) ?? []).slice(0, 1)).toEqual([9]);
    await waits;
    await Promise.all(readers.map((reader) => reader.close()));
  });

  it('end when they are closed, also while they wait, and leave the others reading', async () => {
    const server = createServer();
    const readers = [1, 2].map(() => server.read('EVENTS', { after: 0, maxMessages: 10 }));
    const waits = readers.map((reader) => reader.next());
    await readers[0]?.close();
    expect(await waits[0]).toEqual([]);
    server.append(1);
    expect(sequencesOf((await waits[1]) ?? [])).toEqual([1]);
    const ended = readers[1]?.next();
    await readers[1]?.close();
    expect(await ended).toEqual([]);
    expect(server.sent.open).toBe(0);
  });
});
