import { describe, expect, onTestFinished, test } from 'vitest';
import { decodeTransition } from '../../schemas/alert.ts';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { call, openDoor, summary, type Door } from '../support/push.ts';
import { clock, setting } from '../support/websocket.ts';

describe('abuse', () => {
  test('a message over the limit closes with 1009', async () => {
    const { dial } = await setting({ limits: { messageBytesMax: 1_000 } });
    const caller = await dial();
    caller.socket.send('x'.repeat(1_001));
    expect(await caller.closed).toBe(1009);
  });

  test('more messages than the limit close with 1008, and protocol pings count', async () => {
    const { dial } = await setting({ limits: { messagesPer10sMax: 20 } });
    const [talker, pinger] = [await dial(), await dial()];
    for (let count = 0; count < 21; count++) {
      talker.send({ type: 'ping' });
      pinger.socket.ping();
    }
    expect(await Promise.all([talker.closed, pinger.closed])).toEqual([1008, 1008]);
  });

  test('one connection too many is refused', async () => {
    const { dial } = await setting({ limits: { connectionsPerOrgMax: 1 } });
    const first = await dial();
    first.send({ type: 'ping' });
    await first.next('pong');
    const second = await dial();
    expect(await second.closed).toBe(1013);
    expect(second.messages).toMatchObject([{ type: 'error', code: 'too-many' }]);
  });

  test('who gives no sign of life is cut, and who does is not', async () => {
    let now = epoch;
    const { door } = await setting({ clock: { now: () => now }, limits: { pingEveryMs: 5, silentMsMax: 60_000 } });
    const [alive, dead] = [await call(door.ws), await call(door.ws, undefined, { autoPong: false })];
    onTestFinished(() => alive.socket.terminate());
    const pings = () => new Promise<void>((resolve) => void alive.socket.once('ping', () => resolve()));
    now += 60_000;
    // The answer to the first ping has come when the second one is on its way and a message was answered after it.
    await pings();
    alive.send({ type: 'ping' });
    await alive.next('pong');
    now += 1_000;
    expect(await dead.closed).toBe(1006);
    alive.send({ type: 'ping' });
    await alive.next('pong');
    expect(door.told.all).toContain('gone:websocket:silent');
  });

  test('an upgrade elsewhere is no WebSocket', async () => {
    const { door } = await setting();
    await expect(call(door.ws.replace('/ws', '/alerts'))).rejects.toThrow('200');
    await expect(call(door.ws.replace('/ws', '/nowhere'))).rejects.toThrow('404');
  });
});

describe('cut off and slow', () => {
  test('cut off fifty times, a subscriber ends with each transition exactly once, in order', async () => {
    const { door, book, log } = await setting({ limits: { ringMax: 8 } });
    const heard: string[] = [];
    let cursor = 'now';
    let written = 0;
    const write = async () => {
      written += 1;
      await (written % 5 === 0 ? book.clear(`account:${(written - 1) % 3}`) : book.raise(`account:${written % 3}`));
    };
    // Raise first, so that every clear finds something open.
    for (let cut = 0; cut < 50; cut++) {
      const caller = await call(door.ws);
      caller.send({ type: 'subscribe', id: 'a', from: cursor });
      const { cursor: start } = await caller.next('subscribed');
      const few = cut % 7;
      for (let count = 0; count < few + 3; count++) await write();
      const alerts = await caller.alerts(few);
      // What arrived unseen is lost with the connection: only what was taken counts, as with a real one.
      const taken = alerts.slice(0, few);
      heard.push(...taken.map(summary));
      cursor = taken.at(-1)?.cursor ?? start;
      caller.socket.terminate();
      await caller.closed;
    }
    const caller = await call(door.ws);
    caller.send({ type: 'subscribe', id: 'a', from: cursor });
    heard.push(...(await caller.alerts(log.messagesOf('ALERTS').length - heard.length)).map(summary));
    caller.socket.terminate();
    const all = log.messagesOf('ALERTS').map(({ data }) => summary(decodeTransition(data)));
    expect(heard).toEqual(all);
    expect(new Set(heard).size).toBe(all.length);
  });

  test('one that never reads does not grow the daemon, delays nobody, and later gets everything', async () => {
    const bufferedBytesMax = 64 * 1024;
    const { dial, door, book } = await setting({ limits: { bufferedBytesMax, ringMax: 32 } });
    const [sleeper, reader] = [await dial(), await dial()];
    for (const caller of [sleeper, reader]) {
      caller.send({ type: 'subscribe', id: 'a' });
      await caller.next('subscribed');
    }
    sleeper.socket.pause();
    const long = 'word '.repeat(20_000);
    const count = 200;
    for (let each = 0; each < count; each++) {
      await book.raise(`account:${each}`, { title: long });
      await reader.alerts(each + 1);
    }
    expect(door.told.all).toContain('behind:acme:undefined');
    const frameBytes = long.length + 2_000;
    expect(Math.max(...door.buffered())).toBeLessThan(bufferedBytesMax + frameBytes);

    sleeper.socket.resume();
    const alerts = await sleeper.alerts(count);
    expect(alerts.map(({ alert }) => alert.entity)).toEqual(
      Array.from({ length: count }, (_, each) => `account:${each}`),
    );
    await book.raise('the end');
    expect((await sleeper.alerts(count + 1)).at(-1)?.alert.entity).toBe('the end');
    expect(door.told.all).toContain('caught up:acme:undefined');
  });

  test('who asks on and never reads the answers is closed', async () => {
    const { dial, door, book } = await setting({
      limits: { bufferedBytesMax: 1_000, unreadBytesMax: 150_000, messagesPer10sMax: 1_000_000 },
    });
    for (let each = 0; each < 100; each++) await book.raise(`account:${each}`, { title: 'word '.repeat(20_000) });
    const caller = await dial();
    caller.send({ type: 'subscribe', id: 'a', from: 'open' });
    await caller.next('subscribed');
    caller.socket.pause();
    const gone = () => door.told.all.some((each) => each.startsWith('refused:rate-exceeded'));
    // Each answer quotes the name, so it is about as long as the question.
    while (!gone()) {
      caller.send({ type: 'unsubscribe', id: 'x'.repeat(64) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    caller.socket.resume();
    expect(await caller.closed).toBe(1008);
  });

  test('alerts alone never count as abuse, however much of them is unread', async () => {
    const { dial, door, book } = await setting({ limits: { bufferedBytesMax: 1_000 } });
    for (let each = 0; each < 100; each++) await book.raise(`account:${each}`, { title: 'word '.repeat(20_000) });
    const caller = await dial();
    caller.send({ type: 'subscribe', id: 'a', from: 'open' });
    await caller.next('subscribed');
    caller.socket.pause();
    caller.send({ type: 'ping' });
    caller.socket.resume();
    await caller.next('pong');
    expect(await caller.alerts(100)).toHaveLength(100);
    expect(door.told.all.some((each) => each.startsWith('refused'))).toBe(false);
  });
});

test('a stop tells everybody to go away, and to come back to where they were', async () => {
  const log = createMemoryLog(clock);
  const door: Door = await openDoor({ log, clock });
  const caller = await call(door.ws);
  caller.send({ type: 'subscribe', id: 'a' });
  const { cursor } = await caller.next('subscribed');
  const stopped = door.close();
  expect(await caller.closed).toBe(1001);
  await stopped;

  await writeAlerts(log).raise('meanwhile');
  const { dial } = await setting({ log });
  const back = await dial();
  back.send({ type: 'subscribe', id: 'a', from: cursor });
  expect((await back.next('alert')).alert.entity).toBe('meanwhile');
});
