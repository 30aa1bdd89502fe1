import { afterEach, describe, expect, test } from 'vitest';
import { decodeTransition } from '../../schemas/alert.ts';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { call, isOf, openDoor, summary, tokens, type Caller, type Door } from '../support/push.ts';

const clock = { now: () => epoch };
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function setting(options: Partial<Parameters<typeof openDoor>[0]> & { readonly log?: MemoryLog } = {}) {
  const log = options.log ?? createMemoryLog(clock);
  const door = await openDoor({ log, clock, ...options });
  undo.push(() => door.close());
  const dial = async (token?: string, address = door.ws): Promise<Caller> => {
    const caller = await call(address, token);
    undo.push(() => caller.socket.terminate());
    return caller;
  };
  return { log, door, dial, book: writeAlerts(log) };
}

describe('the contract’s table', () => {
  test('subscribe is answered with a cursor, then come the alerts as they happen', async () => {
    const { dial, book } = await setting();
    const caller = await dial();
    expect(caller.socket.protocol).toBe('weir.v1');
    caller.send({ type: 'subscribe', id: 'a', filter: { minSeverity: 'warning' }, from: 'now' });
    expect(await caller.next('subscribed')).toEqual({ type: 'subscribed', id: 'a', cursor: expect.any(String) });
    await book.raise('quiet', { severity: 'info' });
    const { alert } = await book.raise('loud');
    expect(await caller.next('alert')).toMatchObject({
      id: 'a',
      cursor: expect.any(String),
      transition: 'opened',
      alert,
    });
  });

  test('from: open, a cursor and a time', async () => {
    let now = epoch;
    const log = createMemoryLog({ now: () => now });
    const { dial, book, door } = await setting({ log });
    await book.raise('one');
    await book.raise('two');
    await book.clear('one');
    now += 60_000;
    await book.raise('three');
    const caller = await dial();
    const entities = async (from: string, count: number) => {
      const each = await call(door.ws);
      undo.push(() => each.socket.terminate());
      each.send({ type: 'subscribe', id: 'x', from });
      return (await each.alerts(count)).map(summary);
    };
    caller.send({ type: 'subscribe', id: 'a', from: 'open' });
    const [first] = await caller.alerts(2);
    expect(await entities('open', 2)).toEqual(['two v1 opened', 'three v1 opened']);
    expect(await entities(first?.cursor ?? '', 2)).toEqual(['one v2 resolved', 'three v1 opened']);
    expect(await entities(new Date(epoch).toISOString(), 4)).toHaveLength(4);
    expect(await entities(new Date(epoch + 1).toISOString().replace('Z', '+00:00'), 1)).toEqual(['three v1 opened']);
  });

  test('unsubscribe ends it, ping is answered', async () => {
    const { dial, book } = await setting();
    const caller = await dial();
    caller.send({ type: 'subscribe', id: 'a' });
    caller.send({ type: 'subscribe', id: 'b' });
    caller.send({ type: 'unsubscribe', id: 'a' });
    expect(await caller.next('unsubscribed')).toEqual({ type: 'unsubscribed', id: 'a' });
    await book.raise('one');
    await caller.next('alert');
    caller.send({ type: 'ping' });
    expect(await caller.next('pong')).toEqual({ type: 'pong' });
    expect(caller.messages.filter((each) => isOf(each, 'alert')).map(({ id }) => id)).toEqual(['b']);
  });

  test.each([
    ['no JSON', 'subscribe please', 'request-malformed'],
    ['no object', '[1,2]', 'request-malformed'],
    ['an unknown type', '{"type":"shout"}', 'request-malformed'],
    ['an ack, before there are named subscribers', '{"type":"ack","id":"a","cursor":"x"}', 'request-malformed'],
    ['no id', '{"type":"subscribe"}', 'request-malformed'],
    ['a filter with an unknown part', '{"type":"subscribe","id":"a","filter":{"mood":1}}', 'request-malformed'],
    [
      'a filter with an unknown severity',
      '{"type":"subscribe","id":"a","filter":{"minSeverity":"bad"}}',
      'request-malformed',
    ],
    ['__proto__', '{"type":"subscribe","id":"a","__proto__":{"x":1}}', 'request-malformed'],
    ['a cursor that is none', '{"type":"subscribe","id":"a","from":"AAAA"}', 'cursor-invalid'],
    ['an organisation that is a wildcard', '{"type":"subscribe","id":"a","org":"*"}', 'request-malformed'],
    ['a subscription that is not there', '{"type":"unsubscribe","id":"z"}', 'not-found'],
  ])('%s is answered with an error, and the connection stays open', async (_, text, code) => {
    const { dial } = await setting();
    const caller = await dial();
    caller.socket.send(text);
    expect(await caller.next('error')).toMatchObject({ code, detail: expect.stringMatching(/./) });
    caller.send({ type: 'ping' });
    await caller.next('pong');
  });

  test('a binary frame is answered with an error', async () => {
    const { dial } = await setting();
    const caller = await dial();
    caller.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect(await caller.next('error')).toMatchObject({ code: 'request-malformed' });
  });

  test('an error about a subscription names it', async () => {
    const { dial } = await setting();
    const caller = await dial();
    caller.send({ type: 'subscribe', id: 'mine', from: 'nonsense' });
    expect(await caller.next('error')).toMatchObject({ id: 'mine', code: 'cursor-invalid' });
  });
});

describe('who may listen', () => {
  test('a token in the header, or in the first frame with the subscription right behind it', async () => {
    const { dial, book } = await setting({ authenticator: tokens });
    const [header, frame] = [await dial('acme'), await dial()];
    frame.send({ type: 'auth', token: 'acme' });
    for (const caller of [header, frame]) {
      caller.send({ type: 'subscribe', id: 'a' });
      await caller.next('subscribed');
    }
    await book.raise('one');
    for (const caller of [header, frame]) await caller.next('alert');
  });

  test.each([
    ['a wrong token in the header', 'wrong', undefined, 4401],
    ['a wrong token in the first frame', undefined, { type: 'auth', token: 'wrong' }, 4401],
    ['another first frame', undefined, { type: 'subscribe', id: 'a' }, 4401],
    ['a first frame that is nothing', undefined, { type: 'nothing' }, 4401],
    ['a token without the right to read', 'pusher', undefined, 4403],
  ])('%s: an error, and the connection is closed', async (_, token, frame, code) => {
    const { dial } = await setting({ authenticator: tokens });
    const caller = await dial(token);
    if (frame) caller.send(frame);
    expect(await caller.closed).toBe(code);
    expect(caller.messages).toMatchObject([{ type: 'error' }]);
  });

  test('no token in time: closed with 4401', async () => {
    const { dial } = await setting({ authenticator: tokens, limits: { authWithinMs: 20 } });
    const caller = await dial();
    expect(await caller.closed).toBe(4401);
  });

  test('a token of another organisation: closed with 4403; named in a subscription: an error', async () => {
    const { dial, door } = await setting({ authenticator: tokens });
    const wrong = await dial('acme', `${door.ws}?org=globex`);
    expect(await wrong.closed).toBe(4403);
    const caller = await dial('acme');
    caller.send({ type: 'subscribe', id: 'a', org: 'globex' });
    expect(await caller.next('error')).toMatchObject({ id: 'a', code: 'not-allowed' });
  });

  test('an organisation that is not configured: closed with 4403; named in a subscription: an error', async () => {
    const { dial, door } = await setting({ authenticator: tokens });
    const wrong = await dial('operator', `${door.ws}?org=acne`);
    expect(await wrong.next('error')).toMatchObject({ code: 'not-found' });
    expect(await wrong.closed).toBe(4403);
    const caller = await dial('operator');
    caller.send({ type: 'subscribe', id: 'a', org: 'acne' });
    expect(await caller.next('error')).toMatchObject({ id: 'a', code: 'not-found' });
  });

  test('each organisation hears its own; an operator names one, with the address or the subscription', async () => {
    const { dial, door, book } = await setting({ authenticator: tokens, orgs: ['acme', 'globex'] });
    const callers = {
      acme: await dial('acme'),
      globex: await dial('globex'),
      byAddress: await dial('operator', `${door.ws}?org=globex`),
      bySubscription: await dial('operator'),
    };
    callers.bySubscription.send({ type: 'subscribe', id: 'x' });
    expect(await callers.bySubscription.next('error')).toMatchObject({ code: 'request-malformed' });
    for (const caller of [callers.acme, callers.globex, callers.byAddress]) caller.send({ type: 'subscribe', id: 'a' });
    callers.bySubscription.send({ type: 'subscribe', id: 'a', org: 'acme' });
    for (const caller of Object.values(callers)) await caller.next('subscribed');
    await book.raise('one', {}, 'globex');
    await book.raise('two', {}, 'acme');
    const heard = async (caller: Caller) => (await caller.next('alert')).alert.entity;
    expect(await Promise.all(Object.values(callers).map(heard))).toEqual(['two', 'one', 'one', 'two']);
  });

  test('a cursor of another organisation is refused', async () => {
    const { dial } = await setting({ authenticator: tokens, orgs: ['acme', 'globex'] });
    const [one, other] = [await dial('acme'), await dial('globex')];
    one.send({ type: 'subscribe', id: 'a' });
    const { cursor } = await one.next('subscribed');
    other.send({ type: 'subscribe', id: 'a', from: cursor });
    expect(await other.next('error')).toMatchObject({ code: 'cursor-invalid' });
  });

  test('a token bound to roles hears nothing else, whatever its filter says', async () => {
    const { dial, book } = await setting({ authenticator: tokens });
    const caller = await dial('finance');
    caller.send({ type: 'subscribe', id: 'a', filter: { roles: ['sales', 'finance'] } });
    await caller.next('subscribed');
    await book.raise('one', { roles: ['sales'] });
    await book.raise('two', { roles: [] });
    await book.raise('three', { roles: ['finance', 'legal'] });
    expect((await caller.next('alert')).alert.entity).toBe('three');
  });
});

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
    undo.push(() => alive.socket.terminate());
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
