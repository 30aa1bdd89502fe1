import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { AlertTransition } from '../../src/core/alert.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { content, writeAlerts, type Book } from '../support/alerts.ts';
import type { Daemon } from '../support/daemon.ts';
import { natsMissing } from '../support/nats.ts';
import { jsonOf } from '../support/outcome.ts';
import { createStage, untilIdle, withoutRuns } from '../support/stage.ts';
import { createStriker } from '../support/strikes.ts';
import { subscribe } from '../support/subscriber.ts';
import { until } from '../support/until.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

test('a subscriber that is cut off fifty times, and whose daemon is killed meanwhile, hears each transition once and in order', async () => {
  const simulation = simulate({ seed: '4', scenario: 'all', count: 1_500, end: Date.UTC(2026, 5, 30) });
  const { company } = simulation;
  const stage = await createStage({ log: 'embedded', company, config: withoutRuns });
  undo.push(stage.dispose);
  const { daemon } = stage;
  await daemon.start();
  const subscriber = subscribe(daemon.url, { org: company.org, cuts: 50, seed: '4' });
  undo.push(subscriber.stop);
  await subscriber.subscribed;

  const kills = [300, 800, 1_300].map(
    (after) => ({ at: 'daemon', after, delayMs: 0, againAfterMs: undefined }) as const,
  );
  const striker = createStriker(stage, kills);
  const playing = stage.play(simulation, { onAnswer: ({ events }) => striker.answered(events) });
  await Promise.race([playing, striker.failed]);
  await striker.finish();
  await untilIdle(daemon);
  const written = (await daemon.metrics()).get('weir_log_stream_messages{stream="ALERTS"}');
  if (written === undefined) throw new Error('the daemon does not say how many transitions there are');
  await until('the subscriber has heard all', () => subscriber.heard.length >= written);
  await subscriber.stop();
  await daemon.stop();

  const wanted = await stage.withLog(async (log) => {
    const keys: string[] = [];
    for await (const { alert } of jsonOf<AlertTransition>(log, 'ALERTS')) keys.push(`${alert.id} ${alert.version}`);
    return keys;
  });
  expect(wanted.length).toBeGreaterThan(50);
  expect(subscriber.heard).toEqual(wanted);
  expect(subscriber).toMatchObject({ cuts: 50, gaps: 0 });
  expect(subscriber.lost).toBeGreaterThan(0);
}, 120_000);

const missing = natsMissing();
describe.skipIf(missing !== undefined)(
  `subscribers that never read${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    const subscribers = 60;
    const rounds = 20;

    test('cost the daemon no memory, however much is owed to them', async () => {
      const { company } = simulate({ seed: '5', scenario: 'calm', count: 1, end: Date.UTC(2026, 5, 30) });
      const stage = await createStage({ log: 'jetstream', company });
      undo.push(stage.dispose);
      const { daemon } = stage;
      await daemon.start();
      const { alone, standing, owed } = await stage.withLog(async (log) => {
        const book = writeAlerts(log);
        await writeMany(book, company.org, rounds);
        const alone = await memoryOf(daemon);
        const opening = Array.from({ length: subscribers }, () => subscribeAndStandStill(daemon, company.org));
        const sockets = await Promise.all(opening);
        undo.push(async () => sockets.forEach((socket) => socket.terminate()));
        const owed = (await writeMany(book, company.org, rounds)) * subscribers;
        return { alone, standing: await memoryOf(daemon), owed };
      });
      const metrics = await daemon.metrics();
      expect(metrics.get('weir_push_connections{kind="websocket"}')).toBe(subscribers);
      expect(metrics.get('weir_push_behind_subscribers')).toBe(subscribers);
      expect(owed).toBeGreaterThan(500_000_000);
      expect(standing.node - alone.node).toBeLessThan(owed / 5);
      expect(standing.resident - alone.resident).toBeLessThan(owed / 2);
    }, 120_000);
  },
);

const alertsAtOnce = 250;

/** Tells the same alerts again and again, each transition of some 2 kB; the bytes in all. */
async function writeMany(book: Book, org: string, rounds: number): Promise<number> {
  const evidence = [{ text: 'x'.repeat(1_500), eventIds: [], scores: [] }];
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const names = Array.from({ length: alertsAtOnce }, (_, index) => `account:a${index}`);
    const transitions = await Promise.all(names.map((name) => book.raise(name, { ...content, evidence }, org)));
    bytes += transitions.reduce((sum, transition) => sum + JSON.stringify(transition).length, 0);
  }
  return bytes;
}

/** Resolves when it has subscribed; from then on it reads nothing. */
async function subscribeAndStandStill(daemon: Daemon, org: string): Promise<WebSocket> {
  const socket = new WebSocket(`${daemon.url.replace('http', 'ws')}/ws`, ['weir.v1']);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'subscribe', id: 'a', from: 'now', org }));
  await once(socket, 'message');
  socket.pause();
  return socket;
}

/** Of the process, and what of it is JavaScript's: ClickHouse in it takes and gives as it likes. */
async function memoryOf(daemon: Daemon): Promise<{ readonly resident: number; readonly node: number }> {
  await untilIdle(daemon);
  const metrics = await daemon.metrics();
  const figure = (name: string) => metrics.get(name) ?? Number.NaN;
  return {
    resident: figure('process_resident_memory_bytes'),
    node: figure('nodejs_heap_size_used_bytes') + figure('nodejs_external_memory_bytes'),
  };
}
