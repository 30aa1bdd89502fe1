import { setImmediate as nextTick } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTransition } from '../../schemas/alert.ts';
import { orgOfSubject } from '../../src/log/subjects.ts';
import type { MemoryLog } from '../support/memory-log.ts';
import { isOf, summary } from '../support/push.ts';
import { until } from '../support/until.ts';
import { connect, setting, subscribe } from '../support/hub.ts';

describe('whatever happens, in whatever order', () => {
  const names = ['a', 'b', 'c', 'd'];
  /** How many frames a connection takes before it is full. */
  const room = fc.constantFrom(1, 1, 2, 3, Infinity);
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('raise' as const),
        name: fc.constantFrom(...names),
        org: fc.constantFrom('acme', 'globex'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), name: fc.constantFrom(...names) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('open' as const, 'now' as const), room }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('cut' as const, 'resume' as const, 'fill' as const, 'empty' as const, 'empty' as const),
        whom: fc.nat(2),
        room,
      }),
    },
  );

  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
  const raise = { do: 'raise' as const, name: 'c', org: 'acme' as const };
  const toFirst = (what: 'fill' | 'empty') => ({ do: what, whom: 0, room: 1 });
  /** The connection is full again when the log has been read for what the snapshot holds. */
  const filledWhileReading: [Step[], number] = [
    [
      raise,
      { do: 'open', room: 1 },
      raise,
      toFirst('empty'),
      toFirst('fill'),
      { ...raise, name: 'a' },
      { do: 'open', room: 1 },
      { ...toFirst('fill'), do: 'cut' },
    ],
    1,
  ];

  /** One subscriber over all its connections. */
  interface Reader {
    readonly from: 'open' | 'now';
    /** Sequences of the log between which its subscription was made. */
    readonly asked: { earliest: number; latest: number };
    readonly heard: string[];
    /** Where it was cut off. */
    readonly cuts: number[];
    connection: ReturnType<typeof connect> | undefined;
    cursor: string;
  }

  test('each subscriber hears the snapshot, then every transition once, in order, through cuts and stand-stills', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 80 }),
        fc.integer({ min: 1, max: 6 }),
        async (steps, ringMax) => {
          const { hub, log, book } = await setting({ ringMax, historyChunk: 2, historyReadersMax: 1 });
          const readers: Reader[] = [];
          const open = new Set<string>();
          const sequenceOf = (heard: string) =>
            log.messagesOf('ALERTS').findIndex((each) => summaryOf(each) === heard) + 1;
          const lastSequence = () => log.messagesOf('ALERTS').length;

          const leave = (reader: Reader) => {
            const { connection } = reader;
            if (!connection) return;
            expect(connection.state.overrun).toBe(0);
            reader.heard.push(...connection.alerts().map((each) => `acme ${summary(each)}`));
            reader.cursor =
              connection.alerts().at(-1)?.cursor ??
              connection.messages.find((each) => isOf(each, 'subscribed'))?.cursor ??
              reader.cursor;
            connection.feed.close();
            reader.connection = undefined;
          };
          const enter = (reader: Reader, from: string, room: number) => {
            reader.connection = connect(hub, 'acme', room);
            return subscribe(reader.connection.feed, from);
          };

          for (const each of steps) {
            const reader = 'whom' in each ? readers[each.whom % Math.max(1, readers.length)] : undefined;
            if (each.do === 'raise') {
              await book.raise(each.name, {}, each.org);
              if (each.org === 'acme') open.add(each.name);
            } else if (each.do === 'clear') {
              if (open.delete(each.name)) await book.clear(each.name);
            } else if (each.do === 'tick') await nextTick();
            else if (each.do === 'open' || each.do === 'now') {
              const fresh: Reader = {
                from: each.do,
                asked: { earliest: 0, latest: 0 },
                heard: [],
                cuts: [],
                connection: undefined,
                cursor: '',
              };
              readers.push(fresh);
              await enter(fresh, each.do, each.room);
              fresh.asked.latest = lastSequence();
            } else if (each.do === 'cut' && reader?.connection) {
              leave(reader);
              reader.cuts.push(reader.heard.length === 0 ? -1 : sequenceOf(reader.heard.at(-1) ?? ''));
            } else if (each.do === 'resume' && reader && !reader.connection)
              await enter(reader, reader.cursor, each.room);
            else if (each.do === 'fill' && reader?.connection) reader.connection.state.room = 0;
            else if (each.do === 'empty' && reader?.connection) {
              reader.connection.state.room = each.room;
              reader.connection.feed.drained();
            }
          }

          // At the end everybody comes back, reads on, and hears one thing more.
          for (const reader of readers) {
            if (!reader.connection) await enter(reader, reader.cursor, Infinity);
            if (reader.connection) reader.connection.state.room = Infinity;
            reader.connection?.feed.drained();
          }
          const last = `acme ${summaryOfTransition(await book.raise('the end'))}`;
          const has = (reader: Reader) =>
            reader.connection?.alerts().some((each) => `acme ${summary(each)}` === last) ?? false;
          await until(() => readers.every(has));
          for (const reader of readers) {
            leave(reader);
            expect(possible(reader, log)).toContainEqual(reader.heard);
          }
          await hub.stop();
        },
      ),
      { numRuns: 250, examples: [filledWhileReading] },
    );
  });

  /** Everything that would be right to hear: one list for each place at which the subscription may have been made. */
  function possible(reader: Reader, log: MemoryLog): string[][] {
    const all = log
      .messagesOf('ALERTS')
      .map((message) => ({ ...message, org: orgOfSubject(message.subject), text: summaryOf(message) }));
    const after = (sequence: number) =>
      all.filter((each) => each.org === 'acme' && each.sequence > sequence).map(({ text }) => text);
    const answers: string[][] = [];
    for (let place = reader.asked.earliest; place <= reader.asked.latest; place++) {
      if (reader.from === 'now') answers.push(after(place));
      else {
        const newest = new Map<string, (typeof all)[number]>();
        for (const each of all.filter(({ org, sequence }) => org === 'acme' && sequence <= place)) {
          const { alert } = decodeTransition(each.data);
          newest.delete(alert.id);
          if (alert.status !== 'resolved') newest.set(alert.id, each);
        }
        const snapshot = [...newest.values()];
        answers.push([...snapshot.map(({ text }) => text), ...after(place)]);
        // Cut off within the snapshot, it goes on with every transition after what it has.
        for (const cut of reader.cuts) {
          const from = cut === -1 ? (snapshot[0]?.sequence ?? place + 1) - 1 : cut;
          if (from <= place)
            answers.push([
              ...snapshot.filter(({ sequence }) => sequence <= from).map(({ text }) => text),
              ...after(from),
            ]);
        }
      }
    }
    return answers;
  }

  const summaryOfTransition = ({ transition, alert }: ReturnType<typeof decodeTransition>) =>
    `${alert.entity} v${alert.version} ${transition}`;
  const summaryOf = ({ data, subject }: { data: Uint8Array; subject: string }) =>
    `${orgOfSubject(subject)} ${summaryOfTransition(decodeTransition(data))}`;
});
