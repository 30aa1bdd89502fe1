import { describe, expect, test } from 'vitest';
import { epoch } from '../support/alerts.ts';
import { until } from '../support/until.ts';
import { all, connect, setting, subscribe } from '../support/hub.ts';

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
