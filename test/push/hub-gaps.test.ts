import { describe, expect, test } from 'vitest';
import { epoch } from '../support/alerts.ts';
import type { MemoryLog } from '../support/memory-log.ts';
import { isOf } from '../support/push.ts';
import { until } from '../support/until.ts';
import { all, connect, setting, subscribe } from '../support/hub.ts';

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
