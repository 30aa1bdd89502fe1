import { expect, test } from 'vitest';
import { createHeartbeats } from '../../src/orchestration/heartbeats.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';

let now = 1_000_000;
const clock = { now: () => now };
const missed: unknown[] = [];
const happened = { heartbeatMissed: (error: unknown) => void missed.push(error) };

test('workers of all daemons know of each other, until one stops or falls silent', async () => {
  const log = createMemoryLog(clock);
  const [one, two, three] = ['one', 'two', 'three'].map((worker) =>
    createHeartbeats({ log, clock, worker, agents: [worker, 'shared'], beatMs: 5, happened }),
  );
  if (!one || !two || !three) throw new Error('three were made');
  const seenBy = (heartbeats: typeof one) => heartbeats.workers().map(({ worker }) => worker);
  await one.start();
  await two.start();
  await until('one hears of two', async () => seenBy(one).length === 2);
  expect(two.heardAt('one')).toBe(1_000_000);
  expect(two.heardAt('nobody')).toBe(0);

  await two.stop();
  await until('one hears no more of two', async () => seenBy(one).length === 1);

  await three.start();
  await one.stop();
  now += 11 * 60_000;
  await until('three has forgotten whoever was silent for long', async () => three.heardAt('three') === now);
  expect(seenBy(three)).toEqual(['three']);
  expect(await log.kv.keys('runs.worker.')).toEqual(['runs.worker.three']);
  await three.stop();
  expect(await log.kv.keys('runs.worker.')).toEqual([]);
  expect(missed).toEqual([]);
});
