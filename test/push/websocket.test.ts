import { describe, expect, onTestFinished, test } from 'vitest';
import { epoch } from '../support/alerts.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { call, isOf, summary, tokens, type Caller } from '../support/push.ts';
import { setting } from '../support/websocket.ts';

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
      onTestFinished(() => each.socket.terminate());
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
    ['a time that is none', '{"type":"subscribe","id":"a","from":"2026-13-01T00:00:00Z"}', 'request-malformed'],
    ['a time of no zone', '{"type":"subscribe","id":"a","from":"2026-03-01T00:00:00"}', 'request-malformed'],
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

  test.each([
    [
      '{"minSeverity":"bad"}',
      'alerts',
      '/filter/minSeverity: expected one of "info", "warning", "critical", got "bad"',
    ],
    ['{"severity":"info"}', 'alerts', '/filter/severity: unknown key; there are kinds, minSeverity,'],
    ['{"kinds":"financial"}', 'alerts', '/filter/kinds: expected a list, got "financial"'],
    ['{"minSeverity":"info"}', 'runs', '/filter/minSeverity: unknown key; there are kinds, entities, runs'],
    ['5', 'runs', '/filter: expected an object, got 5'],
  ])('a filter %s of %s is told what it may be', async (filter, topic, detail) => {
    const { dial } = await setting();
    const caller = await dial();
    caller.socket.send(`{"type":"subscribe","id":"a","topic":"${topic}","filter":${filter}}`);
    expect((await caller.next('error')).detail).toContain(detail);
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
    caller.send({ type: 'subscribe', id: 'other', filter: { minSeverity: 'bad' } });
    expect(await caller.next('error')).toMatchObject({ id: 'other', code: 'request-malformed' });
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
