import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { play, type PlayOptions } from '../../src/simulate/run.ts';
import { type Answer, aServer as openServer, taken } from './a-server.ts';
import { requestsOf } from './simulations.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('playing a simulation', () => {
  const requests = requestsOf({ scenario: 'calm', count: 600 });
  const events = requests.reduce((sum, request) => sum + request.events, 0);

  test('sends every request, and counts what was answered', async () => {
    const server = await aServer(taken);
    const counts = await play(requests, options(server.url));
    expect(server.received).toHaveLength(requests.length);
    expect(counts).toEqual({
      requests: requests.length,
      sent: events,
      accepted: events,
      duplicates: 0,
      ignored: 0,
      deadLettered: 0,
      rejected: 0,
      unanswered: 0,
      retried: 0,
      refusals: [],
    });
  });

  test('sends one customer’s requests one after another, each after the answer, different ones at once', async () => {
    const busy = new Set<string>();
    const entityOf = new Map(requests.map((request) => [request.build(0).body, request.entity.join()]));
    const collisions: string[] = [];
    const order = new Map<string, string[]>();
    let atOnceMax = 0;
    const server = await aServer(async (received, response) => {
      const entity = entityOf.get(received.body) ?? 'unknown';
      if (busy.has(entity)) collisions.push(entity);
      busy.add(entity);
      atOnceMax = Math.max(atOnceMax, busy.size);
      order.set(entity, [...(order.get(entity) ?? []), received.body]);
      await new Promise((resolve) => setImmediate(resolve));
      busy.delete(entity);
      taken(received, response);
    });
    await play(requests, { ...options(server.url), concurrency: 16 });
    expect(collisions).toEqual([]);
    expect(atOnceMax).toBeGreaterThan(2);
    for (const [entity, bodies] of order) {
      expect(bodies).toEqual(
        requests.filter((request) => request.entity.join() === entity).map((request) => request.build(0).body),
      );
    }
  });

  test('sends again what was told to come back, unchanged and signed anew, until it is taken', async () => {
    const request = requests.find(({ source }) => source === 'hubspot');
    if (!request) throw new Error('no request of HubSpot’s');
    const refusals = [503, 429, 500];
    let now = 1_000_000;
    const server = await aServer((received, response) => {
      now += 1_000;
      const status = refusals.shift();
      if (status === undefined) return taken(received, response);
      response.writeHead(status, status === 429 ? { 'retry-after': '0.01' } : {}).end('{}');
    });
    const counts = await play([request], { ...options(server.url), clock: { now: () => now }, patienceMs: 600_000 });
    expect(counts).toMatchObject({ retried: 3, accepted: request.events, rejected: 0 });
    expect(new Set(server.received.map(({ body }) => body)).size).toBe(1);
    const times = server.received.map(({ headers }) => headers['x-hubspot-request-timestamp']);
    expect(new Set(times).size).toBe(4);
  });

  test('waits for a daemon that is not there yet', async () => {
    const gone = await aServer(taken);
    await gone.close();
    let server: Awaited<ReturnType<typeof aServer>> | undefined;
    const played = play(requests.slice(0, 5), options(gone.url));
    server = await aServer(taken, gone.port);
    const counts = await played;
    expect(counts).toMatchObject({ requests: 5, unanswered: 0, rejected: 0 });
    expect(server.received).toHaveLength(5);
  });

  test('does not wait for ever, and says why', async () => {
    const gone = await aServer(taken);
    await gone.close();
    const counts = await play(requests.slice(0, 2), { ...options(gone.url), patienceMs: 0 });
    expect(counts.unanswered).toBeGreaterThan(0);
    expect(counts.refusals[0]).toContain('ECONNREFUSED');
  });

  test('does not repeat what was refused for good, and tells what the refusal said', async () => {
    const server = await aServer((_, response) => void response.writeHead(401).end('{"title":"not signed"}'));
    const counts = await play(requests.slice(0, 7), options(server.url));
    expect(server.received).toHaveLength(7);
    expect(counts).toMatchObject({ accepted: 0, retried: 0, requests: 7 });
    expect(counts.rejected).toBe(requests.slice(0, 7).reduce((sum, request) => sum + request.events, 0));
    expect(counts.refusals).toHaveLength(5);
    expect(counts.refusals[0]).toContain('not signed');
  });

  test('stops sending when told to', async () => {
    const controller = new AbortController();
    const server = await aServer((received, response) => {
      controller.abort();
      taken(received, response);
    });
    const counts = await play(requests, { ...options(server.url), concurrency: 1, signal: controller.signal });
    expect(counts.requests).toBeLessThan(5);
  });

  test('does not try again what it is told to stop sending', async () => {
    const controller = new AbortController();
    const server = await aServer((_, response) => {
      response.writeHead(503, { 'retry-after': '3600' }).end('{}', () => controller.abort());
    });
    const patient = { ...options(server.url), patienceMs: Infinity, signal: controller.signal };
    const counts = await play(requests.slice(0, 40), patient);
    expect(counts.retried).toBe(0);
    expect(counts.unanswered).toBeGreaterThan(0);
    expect(counts.requests).toBeLessThan(40);
  });

  test('keeps to its rate: at 100 events a second, 300 of them take three seconds', async () => {
    const server = await aServer(taken);
    let now = 0;
    const sleep = async (ms: number) => {
      now += ms;
    };
    const some = requestsOf({ scenario: 'calm', count: 300 });
    await play(some, { ...options(server.url), clock: { now: () => now }, sleep, rate: 100 });
    const last = some.at(-1)?.events ?? 0;
    expect(now).toBe((300 - last) * 10);
  });
});

const options = (url: string): PlayOptions => ({ url, clock: systemClock });

async function aServer(answer: Answer, port?: number) {
  const server = await openServer(answer, port);
  closing.push(server.close);
  return server;
}
