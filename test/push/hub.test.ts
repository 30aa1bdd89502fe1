import { setImmediate as nextTick } from 'node:timers/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeTransition } from '../../schemas/alert.ts';
import { serverMessageSchema, type AlertFilter, type ServerMessage } from '../../schemas/push.ts';
import type { Feed } from '../../src/push/feed.ts';
import { webSocketFraming } from '../../src/push/frames.ts';
import { createHub, type Hub } from '../../src/push/hub.ts';
import type { Outlet } from '../../src/push/outlet.ts';
import type { PushLimits } from '../../src/push/limits.ts';
import { orgOfSubject } from '../../src/log/subjects.ts';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { isOf, pushHappenings, summary, type Told } from '../support/push.ts';

interface Setting {
  readonly log: MemoryLog;
  readonly hub: Hub;
  readonly told: Told;
  readonly book: ReturnType<typeof writeAlerts>;
  /** Why the hub could not go on. */
  readonly failures: unknown[];
}

async function setting(
  limits: Partial<PushLimits> = {},
  log = createMemoryLog({ now: () => epoch }),
): Promise<Setting> {
  const told = pushHappenings();
  const failures: unknown[] = [];
  const failed = (error: unknown) => void failures.push(error);
  const hub = createHub({ log, clock: { now: () => epoch }, happened: told, failed, limits });
  await hub.start();
  return { log, hub, told, book: writeAlerts(log), failures };
}

/** Of a whole text frame. */
function payloadOf(frame: Buffer): string {
  const length = frame[1] ?? 0;
  return frame.subarray(length < 126 ? 2 : length === 126 ? 4 : 10).toString('utf8');
}

/** A connection without a network: it takes `room` frames, and no more until there is room again. */
function connect(hub: Hub, seat = 'acme', room = Infinity) {
  const messages: ServerMessage[] = [];
  const state = { room, overrun: 0 };
  const outlet: Outlet = {
    framing: webSocketFraming,
    send(frame) {
      const message = serverMessageSchema.parse(JSON.parse(payloadOf(frame)));
      if (message.type === 'alert' && state.room <= 0) state.overrun += 1;
      messages.push(message);
      state.room -= 1;
    },
    buffered: () => (state.room > 0 ? 0 : Infinity),
  };
  const feed = hub.connect(outlet, seat);
  const alerts = () => messages.filter((each) => isOf(each, 'alert'));
  return { feed, messages, state, alerts };
}

const all = { roles: [] };
const subscribe = (feed: Feed, from: string, filter: AlertFilter = {}, org = 'acme') =>
  feed.subscribe({ id: 'a', org, filter, identity: all, from });

/** Until a condition holds; everything here happens within a few turns of the loop. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !condition(); turn++) await nextTick();
  expect(condition()).toBe(true);
}

describe('a subscription', () => {
  test('from now hears what happens from then on', async () => {
    const { hub, book } = await setting();
    await book.raise('before');
    await until(() => hub.list({ org: 'acme', filter: {}, identity: all, limit: 9 }).alerts.length === 1);
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'now');
    await book.raise('one');
    await book.clear('one');
    await until(() => alerts().length === 2);
    expect(alerts().map(summary)).toEqual(['one v1 opened', 'one v2 resolved']);
    await hub.stop();
  });

  test('is counted while it lasts, and what is kept for it stays within its bound', async () => {
    const { hub, book } = await setting({ ringMax: 2 });
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'now');
    for (const name of ['a', 'b', 'c']) await book.raise(name);
    await until(() => alerts().length === 3);
    expect(hub.held()).toEqual({ connections: 1, transitions: 2, bytes: expect.any(Number) });
    expect(hub.held().bytes).toBeGreaterThan(0);
    feed.close();
    expect(hub.held().connections).toBe(0);
    await hub.stop();
  });

  test('from open hears what is open, the longest unchanged first, then what happens', async () => {
    const { hub, book, log } = await setting();
    await book.raise('one');
    await book.raise('two');
    await book.raise('three');
    await book.clear('two');
    await book.raise('one');
    await hub.stop();
    const again = await setting({}, log);
    const { feed, alerts } = connect(again.hub);
    await subscribe(feed, 'open');
    expect(alerts().map(summary)).toEqual(['three v1 opened', 'one v2 updated']);
    await again.hub.stop();
  });

  test('from now is not told the past, however slow the log was while weir started', async () => {
    const log = createMemoryLog({ now: () => epoch });
    await writeAlerts(log).raise('old');
    let slow = 2;
    const { read } = log;
    const slowly: MemoryLog = {
      ...log,
      read: (stream, options) => {
        const reader = read(stream, options);
        return { ...reader, next: async (wait) => (slow-- > 0 ? [] : reader.next(wait)) };
      },
    };
    const { hub, book } = await setting({}, slowly);
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'now');
    await book.raise('new');
    await until(() => alerts().length > 0);
    expect(alerts().map(summary)).toEqual(['new v1 opened']);
    await hub.stop();
  });

  test('gets the log’s own bytes: what was written is what is heard', async () => {
    const { hub, book } = await setting();
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'now');
    const { alert, ...rest } = await book.raise('Ünï "quoted" ,\\ }', { title: 'Zeile\n„zwei“ 🚨' });
    await until(() => alerts().length === 1);
    expect(alerts()[0]).toEqual({ type: 'alert', id: 'a', cursor: expect.any(String), ...rest, alert });
    await hub.stop();
  });

  test('resumes in the middle of a snapshot: each transition after it once', async () => {
    const { hub, book } = await setting();
    await book.raise('one');
    await book.raise('two');
    await book.raise('three');
    await until(() => hub.list({ org: 'acme', filter: {}, identity: all, limit: 9 }).alerts.length === 3);
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'open');
    const cut = alerts()[0]?.cursor ?? '';
    feed.close();
    await book.clear('three');
    const back = connect(hub);
    await subscribe(back.feed, cut);
    await until(() => back.alerts().length === 3);
    expect(back.alerts().map(summary)).toEqual(['two v1 opened', 'three v1 opened', 'three v2 resolved']);
    await hub.stop();
  });

  test('wants only what its filter says, within the roles of its token', async () => {
    const { hub, book } = await setting();
    const wants = async (filter: AlertFilter, roles: readonly string[] = []) => {
      const { feed, alerts } = connect(hub);
      await feed.subscribe({ id: 'a', org: 'acme', filter, identity: { roles }, from: 'now' });
      return () => alerts().map(({ alert }) => alert.entity);
    };
    const heard = {
      kinds: await wants({ kinds: ['financial'] }),
      severity: await wants({ minSeverity: 'warning' }),
      entities: await wants({ entities: ['b', 'c'] }),
      sources: await wants({ sources: ['stripe'] }),
      roles: await wants({ roles: ['sales'] }),
      status: await wants({ status: ['resolved'] }),
      both: await wants({ minSeverity: 'critical', sources: ['gong'] }),
      token: await wants({}, ['finance']),
      outside: await wants({ roles: ['sales'] }, ['finance']),
    };
    await book.raise('a', { severity: 'info', roles: ['sales', 'finance'] });
    await book.raise('b', { severity: 'critical', kind: 'financial', sources: ['stripe'], roles: [] });
    await book.raise('c', { severity: 'critical' });
    await book.clear('c');
    await until(() => heard.status().length === 1);
    expect(Object.entries(heard).map(([name, entities]) => [name, ...entities()])).toEqual([
      ['kinds', 'b'],
      ['severity', 'b', 'c', 'c'],
      ['entities', 'b', 'c', 'c'],
      ['sources', 'b'],
      ['roles', 'a'],
      ['status', 'c'],
      ['both', 'c', 'c'],
      ['token', 'a'],
      ['outside', 'a'],
    ]);
    await hub.stop();
  });

  test('never hears of another organisation, live, in the snapshot or in history', async () => {
    const { hub, book } = await setting({ ringMax: 2 });
    for (const name of ['a', 'b', 'c']) {
      await book.raise(name, {}, 'globex');
      await book.raise(name, {}, 'acme');
    }
    await until(() => hub.list({ org: 'acme', filter: {}, identity: all, limit: 9 }).alerts.length === 3);
    const [open, history] = [connect(hub), connect(hub)];
    await subscribe(open.feed, 'open');
    await subscribe(history.feed, new Date(epoch - 1).toISOString());
    await book.raise('d', {}, 'globex');
    await book.raise('d', {}, 'acme');
    await until(() => open.alerts().length === 4 && history.alerts().length === 4);
    for (const { alerts } of [open, history])
      expect(new Set(alerts().map(({ alert }) => alert.org))).toEqual(new Set(['acme']));
    await hub.stop();
  });

  test('from a time hears what was stored from then on', async () => {
    let now = epoch;
    const log = createMemoryLog({ now: () => now });
    const { hub, book } = await setting({ ringMax: 3 }, log);
    for (let minute = 0; minute < 20; minute++) {
      now = epoch + minute * 60_000;
      await book.raise(`m${minute}`);
    }
    const { feed, alerts } = connect(hub);
    await subscribe(feed, new Date(epoch + 7 * 60_000).toISOString());
    await until(() => alerts().length === 13);
    expect(alerts()[0]?.alert.entity).toBe('m7');
    await hub.stop();
  });
});

describe('a slow connection', () => {
  test.each([
    ['history', { ringMax: 1 }, new Date(epoch - 1).toISOString()],
    ['the ring', {}, new Date(epoch - 1).toISOString()],
    ['a snapshot', {}, 'open'],
  ])('is given %s as it has room, and no more', async (_, limits, from) => {
    const { hub, book } = await setting(limits);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await book.raise(name);
    await until(() => hub.list({ org: 'acme', filter: {}, identity: all, limit: 9 }).alerts.length === 8);
    const { feed, state, alerts } = connect(hub, 'acme', 2);
    await subscribe(feed, from);
    for (const [room, heard] of [
      [0, 1],
      [1, 2],
      [3, 5],
      [Infinity, 8],
    ] as const) {
      state.room = room === 0 ? state.room : room;
      feed.drained();
      await until(() => alerts().length === heard);
    }
    expect(alerts().map(({ alert }) => alert.entity)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(state.overrun).toBe(0);
    await hub.stop();
  });

  test('counts as slow until it reads along again, or is gone', async () => {
    const { hub, book, told } = await setting();
    const [one, other] = [connect(hub), connect(hub)];
    for (const { feed, state } of [one, other]) {
      await subscribe(feed, 'now');
      state.room = 0;
    }
    await book.raise('a');
    const times = (what: string) => told.all.filter((each) => each === `${what}:acme:undefined`).length;
    await until(() => times('behind') === 2);
    other.feed.close();
    expect(times('caught up')).toBe(1);
    one.state.room = Infinity;
    one.feed.drained();
    await until(() => times('caught up') === 2);
    await hub.stop();
  });
});

describe('when the log of a running daemon is put back', () => {
  test.each([
    ['restored to an earlier state', (log: MemoryLog) => log.cut('ALERTS', 1)],
    ['made anew', (log: MemoryLog) => log.recreate('ALERTS')],
  ])('%s, the push says that it cannot go on, once, and the next start goes on', async (_, putBack) => {
    const { hub, book, log, told, failures } = await setting();
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'now');
    for (const name of ['a', 'b', 'c']) await book.raise(name);
    await until(() => alerts().length === 3);
    putBack(log);
    await until(() => failures.length > 0);
    await hub.stop();
    expect(failures).toMatchObject([{ code: 'log-mismatch' }]);
    expect(told.all.filter((each) => each.startsWith('read failed'))).toEqual([]);

    const next = await setting({}, log);
    const after = connect(next.hub);
    await subscribe(after.feed, 'now');
    await next.book.raise('d');
    await until(() => after.alerts().length === 1);
    await next.hub.stop();
  });
});

describe('a gap is said aloud', () => {
  test('when retention took what comes after the cursor, before what is left', async () => {
    const { hub, book, log } = await setting();
    const first = connect(hub);
    await subscribe(first.feed, 'now');
    for (const name of ['a', 'b', 'c', 'd']) await book.raise(name);
    await until(() => first.alerts().length === 4);
    await hub.stop();
    await log.trim('ALERTS', 2);

    const again = await setting({}, log);
    const cursor = first.messages.find((each) => isOf(each, 'subscribed'))?.cursor ?? '';
    const { feed, messages } = connect(again.hub);
    await subscribe(feed, cursor);
    await until(() => messages.length === 4);
    expect(messages).toMatchObject([
      { type: 'subscribed', cursor },
      { type: 'gap', id: 'a', from: cursor, to: first.alerts()[1]?.cursor },
      { type: 'alert', alert: { entity: 'c' } },
      { type: 'alert', alert: { entity: 'd' } },
    ]);
    await again.hub.stop();
  });

  test('when the log was made anew, or restored to an earlier state', async () => {
    const { hub, book, log } = await setting();
    const first = connect(hub);
    await subscribe(first.feed, 'now');
    for (const name of ['a', 'b', 'c']) await book.raise(name);
    await until(() => first.alerts().length === 3);
    await hub.stop();
    const cursor = first.alerts()[2]?.cursor ?? '';

    log.cut('ALERTS', 1);
    const restored = await setting({}, log);
    const one = connect(restored.hub);
    await subscribe(one.feed, cursor);
    expect(one.messages).toMatchObject([
      { type: 'subscribed' },
      { type: 'gap', from: cursor, to: first.alerts()[0]?.cursor },
    ]);
    await restored.hub.stop();

    log.recreate('ALERTS');
    const anew = await setting({}, log);
    await anew.book.raise('z');
    const other = connect(anew.hub);
    await subscribe(other.feed, cursor);
    await until(() => other.alerts().length === 1);
    expect(other.messages).toMatchObject([
      { type: 'subscribed' },
      { type: 'gap', from: cursor },
      { alert: { entity: 'z' } },
    ]);
    await anew.hub.stop();
  });

  test('when a time lies before what is left', async () => {
    const { book, log, hub } = await setting();
    for (const name of ['a', 'b', 'c']) await book.raise(name);
    await log.trim('ALERTS', 2);
    const { feed, messages } = connect(hub);
    const from = new Date(epoch - 1).toISOString();
    await subscribe(feed, from);
    await until(() => messages.length === 3);
    expect(messages).toMatchObject([{ type: 'subscribed' }, { type: 'gap', from }, { alert: { entity: 'c' } }]);
    await hub.stop();
  });

  test('when retention overtakes a reader that stands still', async () => {
    const { hub, book, log, told } = await setting({ ringMax: 2 });
    const { feed, messages, state, alerts } = connect(hub);
    await subscribe(feed, 'now');
    state.room = 0;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await book.raise(name);
    await until(() => told.all.includes('behind:acme:undefined'));
    await until(() => hub.list({ org: 'acme', filter: {}, identity: all, limit: 9 }).alerts.length === 5);
    await log.trim('ALERTS', 2);
    state.room = Infinity;
    feed.drained();
    await until(() => alerts().length === 3);
    expect(messages.map(({ type }) => type)).toEqual(['subscribed', 'gap', 'alert', 'alert', 'alert']);
    expect(alerts().map(({ alert }) => alert.entity)).toEqual(['c', 'd', 'e']);
    await hub.stop();
  });
});

describe('limits', () => {
  test('a cursor that is none, a name that is taken and one subscription too many are refused', async () => {
    const { hub } = await setting({ subscriptionsPerConnectionMax: 2 });
    const { feed } = connect(hub);
    await expect(subscribe(feed, 'not-a-cursor')).rejects.toMatchObject({ code: 'cursor-invalid' });
    await subscribe(feed, 'now');
    await expect(subscribe(feed, 'now')).rejects.toMatchObject({ code: 'request-malformed' });
    const other = (id: string) => feed.subscribe({ id, org: 'acme', filter: {}, identity: all, from: 'now' });
    await other('b');
    await expect(other('c')).rejects.toMatchObject({ code: 'too-many' });
    expect(feed.unsubscribe('b')).toBe(true);
    expect(feed.unsubscribe('b')).toBe(false);
    await other('c');
    await hub.stop();
  });

  test('connections are counted by organisation, and a seat that is left is free', async () => {
    const { hub } = await setting({ connectionsPerOrgMax: 1 });
    const { feed } = connect(hub);
    expect(() => connect(hub)).toThrow(expect.objectContaining({ code: 'too-many' }));
    connect(hub, 'globex');
    feed.close();
    feed.close();
    connect(hub);
    expect(() => connect(hub)).toThrow(expect.objectContaining({ code: 'too-many' }));
    await hub.stop();
  });

  test('more open alerts than are kept: the snapshot holds the newest and says it is incomplete', async () => {
    const { hub, book, told } = await setting({ openPerOrgMax: 2 });
    for (const name of ['a', 'b', 'c']) await book.raise(name);
    await until(() => told.all.includes('over limit:acme:2'));
    const { feed, messages } = connect(hub);
    await subscribe(feed, 'open');
    expect(messages).toMatchObject([
      { type: 'subscribed', incomplete: true },
      { alert: { entity: 'b' } },
      { alert: { entity: 'c' } },
    ]);
    expect(hub.list({ org: 'acme', filter: {}, identity: all, limit: 9 }).complete).toBe(false);
    await hub.stop();
  });

  test('what is on the log and is no transition is passed over and said', async () => {
    const { hub, book, log, told } = await setting({ ringMax: 1 });
    const { feed, alerts } = connect(hub);
    await subscribe(feed, 'now');
    await log.append({ stream: 'ALERTS', subject: `weir.alerts.acme.${'0'.repeat(32)}`, data: Buffer.from('{"a":1}') });
    await book.raise('a');
    await until(() => alerts().length === 1);
    expect(told.all.filter((each) => each.startsWith('unreadable:1:'))).toHaveLength(1);
    await book.raise('b');
    const history = connect(hub);
    await subscribe(history.feed, new Date(epoch - 1).toISOString());
    await until(() => history.alerts().length === 2);
    await hub.stop();
  });
});

describe('the list', () => {
  test('is paged, newest change first, open alerts and those resolved lately', async () => {
    const { hub, book } = await setting({ resolvedPerOrgMax: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await book.raise(name);
    for (const name of ['a', 'b', 'c']) await book.clear(name);
    const page = (cursor?: string) =>
      hub.list({ org: 'acme', filter: {}, identity: all, limit: 3, ...(cursor && { cursor }) });
    await until(() => page().alerts[0]?.entity === 'c' && page().alerts[0]?.status === 'resolved');
    expect(page().alerts.map(({ entity }) => entity)).toEqual(['c', 'b', 'e']);
    const { next } = page();
    expect(page(next ?? '')).toMatchObject({ alerts: [{ entity: 'd' }], next: null, complete: true });
    expect(() => page('nonsense')).toThrow(expect.objectContaining({ code: 'cursor-invalid' }));
    await hub.stop();
  });
});

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
