import { afterEach, describe, expect, test } from 'vitest';
import { decodeTransition } from '../../schemas/alert.ts';
import { createAlerts } from '../../src/alerts/service.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import { createJetStreamLog } from '../../src/log/jetstream.ts';
import type { Log } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import { alertIdOf, at, cleared, raised } from '../support/alerts.ts';
import { newFolder } from '../support/folder.ts';
import { natsMissing, startNats } from '../support/nats.ts';
import { call, openDoor, summary } from '../support/push.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const clock = systemClock;
const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
const quiet = { alertTransition: () => undefined, observationIgnored: () => undefined, alertRaceLost: () => undefined };

async function embedded(): Promise<Log> {
  return createEmbeddedLog({ path: newFolder(), definitions: streamDefinitions(), clock, happened });
}

async function jetstream(): Promise<Log> {
  const nats = await startNats();
  undo.push(() => nats.stop());
  return createJetStreamLog({ url: nats.url, definitions: streamDefinitions(), happened });
}

/** A log with a worker on it that writes alerts as a commit makes it, and a door to hear them at. */
async function setting(log: Log) {
  undo.push(() => log.close());
  const door = await openDoor({ log, clock, limits: { ringMax: 8 } });
  undo.push(() => door.close());
  const alerts = createAlerts({ log, clock, happened: quiet, retentionMs: 30 * 86_400_000 });
  let position = 0;
  /** One commit: three accounts of this organisation and one of another are raised, and one of them cleared. */
  const commit = async () => {
    position += 10;
    const names = ['a', 'b', 'c'].map((name) => `account:${name}`);
    const alertObservations = [
      ...names.map((name, place) => raised({ name, position: position + place })),
      raised({ org: 'globex', name: 'account:a', position: position + 4 }),
      cleared({ name: 'account:b', position: position + 5 }),
    ];
    await alerts.apply({ alertObservations }, clock.now());
  };
  return { door, alerts, commit };
}

async function storedFor(log: Log, org: string): Promise<string[]> {
  const stored: string[] = [];
  let message = await log.next('ALERTS', `weir.alerts.${org}.*`, 0);
  while (message) {
    stored.push(summary(decodeTransition(message.data)));
    message = await log.next('ALERTS', `weir.alerts.${org}.*`, message.sequence);
  }
  return stored;
}

const missing = natsMissing();
const logs = [
  ['the embedded log', embedded] as const,
  ...(missing === undefined ? [['JetStream', jetstream] as const] : []),
];

describe.each(logs)('the push over %s', (_, open) => {
  test('a subscriber that is cut off fifty times ends with each transition exactly once, in order', async () => {
    const log = await open();
    const { door, commit } = await setting(log);
    const heard: string[] = [];
    let from = 'now';
    for (let cut = 0; cut < 50; cut++) {
      const caller = await call(door.ws);
      caller.send({ type: 'subscribe', id: 'a', from });
      const { cursor } = await caller.next('subscribed');
      await commit();
      const taken = (await caller.alerts(cut % 4)).slice(0, cut % 4);
      heard.push(...taken.map(summary));
      from = taken.at(-1)?.cursor ?? cursor;
      caller.socket.terminate();
      await caller.closed;
    }
    const all = await storedFor(log, 'acme');
    const caller = await call(door.ws);
    caller.send({ type: 'subscribe', id: 'a', from });
    heard.push(...(await caller.alerts(all.length - heard.length)).map(summary));
    caller.socket.terminate();
    expect(heard).toEqual(all);
    expect(new Set(heard).size).toBe(200);
  });

  test('people and the worker write the same alert at the same time, and everybody hears every version once', async () => {
    const { door, alerts, commit } = await setting(await open());
    const caller = await call(door.ws);
    caller.send({ type: 'subscribe', id: 'a', filter: { entities: ['account:a'] } });
    await caller.next('subscribed');
    const id = alertIdOf('acme', 'account:a');
    await commit();
    const person = (by: string) =>
      alerts.command('acme', id, { kind: 'acknowledge', by, why: 'mine', at: at(0), version: 1, episode: 1 });
    await Promise.all([commit(), person('ada'), commit(), person('bob'), commit(), person('cleo')]);
    const versions = (await caller.alerts(5)).map(({ alert }) => alert.version);
    expect(versions).toEqual([1, 2, 3, 4, 5]);
    expect(await alerts.get('acme', id)).toMatchObject({ version: 5, status: 'acknowledged' });
    caller.socket.terminate();
  });
});

test.skipIf(missing !== undefined)(
  'the server is killed and comes back: subscribers stay, and miss nothing',
  async () => {
    const nats = await startNats();
    undo.push(() => nats.stop());
    const log = await createJetStreamLog({ url: nats.url, definitions: streamDefinitions(), happened });
    const { door, commit } = await setting(log);
    const caller = await call(door.ws);
    caller.send({ type: 'subscribe', id: 'a' });
    await caller.next('subscribed');
    await commit();
    await caller.alerts(4);
    await nats.restart();
    // Until the client has noticed that the server is back, a commit may be refused.
    for (let done = false; !done;) {
      done = await commit().then(
        () => true,
        () => false,
      );
    }
    const stored = await storedFor(log, 'acme');
    expect((await caller.alerts(stored.length)).map(summary)).toEqual(stored);
    caller.socket.terminate();
  },
);
