import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { isWeirError } from '../../src/core/errors.ts';
import type { LogMessage } from '../../src/log/log.ts';
import { encodeEntry } from '../../src/orchestration/facts.ts';
import { RewriterLost, type Batch, type Rewriter } from '../../src/store/clickhouse/rewriter/rewriter.ts';
import { createThreadedRewriter } from '../../src/store/clickhouse/rewriter/threaded.ts';
import { giveUp } from '../../src/store/clickhouse/rows.ts';
import { archivedStreams, type ArchivedStream } from '../../src/store/clickhouse/tables/rewriting.ts';
import { inlineRewriter } from '../support/rewriter.ts';
import { aLetter, anAuditEntry, anEvent, anInsight, aScore, aTask, aTransition } from '../support/store.ts';

describe('rows that are made in a thread', () => {
  const rewriter = createThreadedRewriter();
  afterAll(() => rewriter.close());

  it('are byte for byte those made here, whatever the messages, with all streams at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ EVENTS: pulls, SIGNALS: pulls, ALERTS: pulls, RUNS: pulls, DEADLETTERS: pulls, AUDIT: pulls }),
        async (given) => {
          for (const stream of archivedStreams) {
            // Whoever holds the messages may go on using them: nothing is taken away.
            const here = await made(inlineRewriter, stream, given[stream]);
            expect(await made(inlineRewriter, stream, given[stream])).toEqual(here);
          }
          const all = (by: Rewriter) => Promise.all(archivedStreams.map((stream) => made(by, stream, given[stream])));
          expect(await all(rewriter)).toEqual(await all(inlineRewriter));
        },
      ),
    );
  });

  it('are made of what is large, too', async () => {
    const text = 'ä'.repeat(3_000_000);
    const large = [[messageOf(1, 'weir.events.0.acme.stripe', bytes(anEvent({ data: { text } })))]];
    expect(await made(rewriter, 'EVENTS', large)).toEqual(await made(inlineRewriter, 'EVENTS', large));
  });

  it('are none when a batch was begun and left, and another one begun', async () => {
    const left = rewriter.begin('EVENTS');
    await left.add([messageOf(1, 'weir.events.0.acme.stripe', bytes(anEvent()))]);
    const batch = rewriter.begin('EVENTS');
    await batch.add([messageOf(2, 'weir.events.0.acme.stripe', bytes(anEvent()))]);
    expect(await batch.end()).toMatchObject({ from: 2, to: 2 });
    expect(await rewriter.begin('EVENTS').end()).toBeUndefined();
  });

  it('are given up once they are archived: their memory is free without a collection of the whole heap', async () => {
    const open = rewriter.begin('EVENTS');
    await open.add([messageOf(1, 'weir.events.0.acme.stripe', bytes(anEvent()))]);
    const rows = (await open.end())?.tables.get('events');
    if (!rows) throw new Error('A batch of events has rows for them.');
    expect(rows.lines.length).toBeGreaterThan(0);
    giveUp(rows);
    expect([rows.lines, rows.ends, rows.sequences].map(({ buffer }) => buffer.byteLength)).toEqual([0, 0, 0]);
  });

  it('fail with what went wrong, and the thread goes on', async () => {
    const deep = `{"alert":{"id":"a1"},"too":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`;
    const unbearable = [messageOf(1, 'weir.alerts.acme.a1', Buffer.from(deep))];
    await expect(inlineRewriter.begin('ALERTS').add(unbearable)).rejects.toThrow(RangeError);
    await expect(rewriter.begin('ALERTS').add(unbearable)).rejects.toThrow(RangeError);
    const fine = [[messageOf(1, 'weir.alerts.acme.a1', bytes(aTransition()))]];
    expect(await made(rewriter, 'ALERTS', fine)).toEqual(await made(inlineRewriter, 'ALERTS', fine));
  });
});

it('makes no row of a commit of which one task cannot be read: it is told as unreadable whole', async () => {
  const commit = bytes({ scores: [aScore()], insights: [anInsight()], tasks: [aTask()] });
  const spoilt = Buffer.from(commit.toString().replace('"tasks":[{', '"tasks":[{,'));
  const { batch } = await made(inlineRewriter, 'SIGNALS', [[messageOf(1, 'weir.signals.0', spoilt)]]);
  expect(batch?.unreadable).toHaveLength(1);
  expect(batch?.tables.map(([table, lines]) => [table, lines])).toEqual([
    ['scores', ''],
    ['insights', ''],
    ['tasks', ''],
  ]);
});

describe('a thread that ends by itself', () => {
  const rewriters: Rewriter[] = [];
  const aRewriter = () => {
    const rewriter = createThreadedRewriter(new URL('../support/dying-thread.ts', import.meta.url));
    rewriters.push(rewriter);
    return rewriter;
  };
  afterEach(() => Promise.all(rewriters.splice(0).map((rewriter) => rewriter.close())));
  const letter = messageOf(7, 'weir.deadletters.acme.intake', bytes(aLetter()));
  const deadly = messageOf(8, 'weir.alerts.acme.a1', bytes(aTransition({ why: 'deadly' })));

  it('fails all that waits for it, and what was begun with it', async () => {
    const rewriter = aRewriter();
    const begun = rewriter.begin('EVENTS');
    await begun.add([letter]);
    const ended = Promise.allSettled([
      rewriter.begin('ALERTS').add([deadly]),
      rewriter.begin('DEADLETTERS').add([letter]),
    ]);
    for (const each of await ended)
      expect(each).toMatchObject({ status: 'rejected', reason: expect.any(RewriterLost) });
    await expect(begun.add([letter])).rejects.toThrow(RewriterLost);
    await expect(begun.end()).rejects.toThrow(RewriterLost);
  });

  it('is followed by another, for what begins after it', async () => {
    const rewriter = aRewriter();
    await expect(rewriter.begin('ALERTS').add([deadly])).rejects.toThrow(RewriterLost);
    expect(await made(rewriter, 'DEADLETTERS', [[letter]])).toEqual(
      await made(inlineRewriter, 'DEADLETTERS', [[letter]]),
    );
  });

  it('is followed by none once it was closed', async () => {
    const rewriter = aRewriter();
    await rewriter.begin('DEADLETTERS').add([letter]);
    await rewriter.close();
    const refused: unknown = await rewriter
      .begin('DEADLETTERS')
      .add([letter])
      .catch((error: unknown) => error);
    expect(isWeirError(refused, 'not-ready')).toBe(true);
  });
});

function messageOf(sequence: number, subject: string, data: Uint8Array): LogMessage {
  return { sequence, subject, storedAt: 1_772_000_000_000 + sequence, data };
}

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

/** What any of the streams may hold, and what none should. */
const data: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc
    .record({ id: fc.string({ unit: 'binary' }), data: fc.jsonValue() })
    .map((given) => bytes({ ...anEvent(), ...given })),
  fc
    .record({
      scores: fc.array(fc.string()),
      insights: fc.array(fc.string({ unit: 'binary' })),
      tasks: fc.array(fc.string()),
    })
    .map(({ scores, insights, tasks }) =>
      bytes({
        scores: scores.map((id) => aScore({ id })),
        insights: insights.map((title) => anInsight({ title })),
        tasks: tasks.map((id) => aTask({ id })),
      }),
    ),
  fc.string({ unit: 'binary' }).map((why) => bytes(aTransition({ why }))),
  fc.string().map((detail) => bytes(aLetter({ detail }))),
  fc.string({ unit: 'binary' }).map((why) => bytes(anAuditEntry({ why }))),
  fc.string({ unit: 'binary' }).map((why) => encodeEntry(1, [{ fact: 'cancel-requested', by: 'ann', why }])),
  fc.jsonValue().map(bytes),
  fc.uint8Array(),
);

const subject = fc.constantFrom(
  'weir.events.0.acme.stripe',
  'weir.timers.0.acme',
  'weir.signals.0',
  'weir.runs.acme.r',
  'weir.audit.acme',
  'somewhere.else',
  '',
);

/** Pulls of messages in order, as views into memory that holds more than them. */
const pulls = fc
  .array(fc.array(fc.tuple(subject, data, fc.nat(7)), { maxLength: 5 }), { maxLength: 4 })
  .map((given): readonly (readonly LogMessage[])[] => {
    let sequence = 2 ** 40;
    return given.map((pull) =>
      pull.map(([name, raw, before]) => {
        const memory = new Uint8Array(before + raw.length + 3);
        memory.set(raw, before);
        return messageOf((sequence += 1), name, memory.subarray(before, before + raw.length));
      }),
    );
  });

/** How many rows there are after each pull, and the batch. */
async function made(by: Rewriter, stream: ArchivedStream, given: readonly (readonly LogMessage[])[]) {
  const open = by.begin(stream);
  const rows: number[] = [];
  for (const pull of given) rows.push(await open.add(pull));
  const batch = await open.end();
  return { rows, batch: batch && comparable(batch) };
}

/** Bytes as text: some are a Buffer and some are not, and what is in them counts. */
function comparable({ tables, unreadable, ...batch }: Batch) {
  return {
    ...batch,
    tables: Array.from(tables, ([table, { lines, ends, sequences }]) => [table, textOf(lines), ends, sequences]),
    unreadable: unreadable.map(({ message, detail }) => ({ ...message, data: textOf(message.data), detail })),
  };
}

const textOf = (data: Uint8Array) => Buffer.from(data).toString('latin1');
