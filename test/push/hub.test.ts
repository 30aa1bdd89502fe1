import { describe, expect, test } from 'vitest';
import type { AlertFilter } from '../../schemas/push.ts';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { summary } from '../support/push.ts';
import { until } from '../support/until.ts';
import { all, connect, setting, subscribe } from '../support/hub.ts';

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
