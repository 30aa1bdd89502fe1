import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { epoch, writeAlerts } from '../support/alerts.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { openDoor, tokens } from '../support/push.ts';
import { streamed } from '../support/streamed.ts';

const clock = { now: () => epoch };
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function setting(options: Partial<Parameters<typeof openDoor>[0]> & { readonly log?: MemoryLog } = {}) {
  const log = options.log ?? createMemoryLog(clock);
  const door = await openDoor({ log, clock, ...options });
  undo.push(() => door.close());
  return { log, door, book: writeAlerts(log) };
}

async function listen(address: string, headers: Record<string, string> = {}) {
  const stream = await streamed(address, headers);
  undo.push(() => stream.stop());
  return { ...stream, next: () => stream.next(alertEvent) };
}
const alertEvent = z.looseObject({
  type: z.string(),
  cursor: z.string().exactOptional(),
  alert: z.looseObject({ entity: z.string(), version: z.number() }).exactOptional(),
});

describe('GET /alerts/stream', () => {
  test('is the same feed: the cursor is the event’s id, Last-Event-ID goes on after it', async () => {
    const { door, book } = await setting();
    await book.raise('one');
    await book.raise('two');
    const first = await listen(`${door.http}/alerts/stream?from=open`);
    expect(await first.next()).toMatchObject({
      event: 'subscribed',
      id: expect.any(String),
      data: { type: 'subscribed' },
    });
    const one = await first.next();
    expect(one).toMatchObject({
      event: 'alert',
      data: { type: 'alert', transition: 'opened', alert: { entity: 'one' } },
    });
    expect(one.id).toBe(one.data.cursor);
    expect(one.data).not.toHaveProperty('id');
    first.stop();

    await book.clear('one');
    const again = await listen(`${door.http}/alerts/stream?from=open`, { 'last-event-id': one.id ?? '' });
    expect(await again.next()).toMatchObject({ event: 'subscribed', id: one.id });
    expect(await again.next()).toMatchObject({ data: { alert: { entity: 'two', version: 1 } } });
    expect(await again.next()).toMatchObject({
      data: { transition: 'resolved', alert: { entity: 'one', version: 2 } },
    });
    await book.raise('three');
    expect(await again.next()).toMatchObject({ data: { alert: { entity: 'three' } } });
  });

  test('filters with query parameters, lists with commas or repeated', async () => {
    const { door, book } = await setting();
    const query =
      'minSeverity=warning&entities=a,b&entities=c&kinds=customer_health&status=open&sources=gong&roles=customer-success';
    const stream = await listen(`${door.http}/alerts/stream?${query}`);
    await stream.next();
    await book.raise('a', { severity: 'info' });
    await book.raise('d');
    await book.raise('c', { kind: 'financial' });
    await book.raise('b');
    expect(await stream.next()).toMatchObject({ data: { alert: { entity: 'b' } } });
  });

  test('a gap is an event of its own, and its id is where to go on', async () => {
    const log = createMemoryLog(clock);
    const { door, book } = await setting({ log });
    const first = await listen(`${door.http}/alerts/stream`);
    const { id } = await first.next();
    for (const name of ['a', 'b', 'c']) await book.raise(name);
    await first.next();
    const second = await first.next();
    await first.next();
    await log.trim('ALERTS', 2);
    const later = await setting({ log });
    const stream = await listen(`${later.door.http}/alerts/stream`, { 'last-event-id': id ?? '' });
    await stream.next();
    expect(await stream.next()).toEqual({
      event: 'gap',
      id: second.id,
      data: { type: 'gap', from: id, to: second.id },
    });
    expect(await stream.next()).toMatchObject({ data: { alert: { entity: 'c' } } });
  });

  test('a comment now and then keeps it open', async () => {
    const { door } = await setting({ limits: { pingEveryMs: 5 } });
    const stream = await listen(`${door.http}/alerts/stream`);
    expect(await stream.comment()).toBe(true);
  });

  test.each([
    ['a cursor that is none', '', { 'last-event-id': 'nonsense' }, 400, 'cursor-invalid'],
    ['a time that is none', '?from=2026-13-01T00:00:00Z', {}, 400, 'request-malformed'],
    ['a filter that is none', '?minSeverity=bad', {}, 400, 'request-malformed'],
    ['an organisation that is a wildcard', '?org=*', {}, 400, 'request-malformed'],
    ['no organisation of that name', '?org=acne', { authorization: 'Bearer operator' }, 404, 'not-found'],
    ['no token', '', { authorization: '' }, 401, 'token-wrong'],
    ['a token of another organisation', '?org=globex', {}, 403, 'not-allowed'],
    ['a token without the right to read', '', { authorization: 'Bearer pusher' }, 403, 'not-allowed'],
  ])('%s is refused before the stream begins', async (_, query, headers, status, code) => {
    const { door } = await setting({ authenticator: tokens });
    const response = await fetch(`${door.http}/alerts/stream${query}`, {
      headers: { authorization: 'Bearer acme', ...headers },
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(door.told.all.filter((each) => each.startsWith('connected'))).toEqual([]);
  });

  test('one that never reads is served from the log, and gets everything later', async () => {
    const { door, book } = await setting({ limits: { bufferedBytesMax: 64 * 1024, ringMax: 16 } });
    const stream = await listen(`${door.http}/alerts/stream`);
    await stream.next();
    const count = 150;
    for (let each = 0; each < count; each++) await book.raise(`account:${each}`, { title: 'word '.repeat(20_000) });
    const behind = () => door.told.all.includes('behind:acme:undefined');
    for (let turn = 0; turn < 10_000 && !behind(); turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(behind()).toBe(true);
    expect(Math.max(...door.buffered())).toBeLessThan(64 * 1024 + 110_000);
    const heard: string[] = [];
    while (heard.length < count) heard.push((await stream.next()).data.alert?.entity ?? '');
    expect(heard).toEqual(Array.from({ length: count }, (_, each) => `account:${each}`));
  });

  test('a stop ends the stream', async () => {
    const door = await openDoor({ log: createMemoryLog(clock), clock });
    const stream = await listen(`${door.http}/alerts/stream`);
    await stream.next();
    await door.close();
    await expect(stream.next()).rejects.toThrow('the stream ended');
  });
});
