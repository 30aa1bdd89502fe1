import { afterEach, expect, test } from 'vitest';
import { describe as inWords, meet } from '../../src/simulate/expectations.ts';
import { simulate } from '../../src/simulate/generate.ts';
import { spawnClickHouse } from '../support/clickhouse.ts';
import { outcomeOf, unaccounted } from '../support/outcome.ts';
import { openProxy } from '../support/proxy.ts';
import { createStage, untilIdle } from '../support/stage.ts';
import { storedIn, unstored } from '../support/stored.ts';
import { subscribe } from '../support/subscriber.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

test('while ClickHouse is away nothing is lost, nothing waits but the archive, and it catches up', async () => {
  const simulation = simulate({ seed: '6', scenario: 'all', count: 1_200, end: Date.UTC(2026, 5, 30) });
  const { company, expected } = simulation;
  const clickhouse = await spawnClickHouse();
  undo.push(clickhouse.stop);
  const proxy = await openProxy(clickhouse.port);
  undo.push(proxy.close);
  const stage = await createStage({
    log: 'embedded',
    company,
    clickhouseUrl: `http://default@127.0.0.1:${proxy.port}`,
  });
  undo.push(stage.dispose);
  const { daemon } = stage;
  await daemon.start();
  const subscriber = subscribe(daemon.url, { org: company.org, cuts: 0, seed: '6' });
  undo.push(subscriber.stop);
  await subscriber.subscribed;
  await stage.play(simulation, { part: [0, 200] });
  await untilIdle(daemon);

  await proxy.close();
  const counts = await stage.play(simulation, { part: [200, 600] });
  expect(counts.accepted).toBe(counts.sent);
  // A daemon that starts meanwhile is ready, too, and takes events.
  await daemon.kill();
  await daemon.start();
  await stage.play(simulation, { part: [600, Infinity] });
  const missing = () => meet(expected, [...subscriber.alerts.values()]).missing.map(inWords);
  await expect.poll(missing, { timeout: 60_000 }).toEqual([]);
  const behind = (await daemon.metrics()).get('weir_lag_messages{reader="archive EVENTS"}');
  expect(behind).toBeGreaterThan(0);

  await proxy.open();
  await untilIdle(daemon);
  expect(await daemon.stop()).toBe(0);
  const outcome = await stage.withLog(outcomeOf);
  expect(outcome.events.size).toBe(simulation.count);
  expect(await stage.withLog(unaccounted)).toEqual([]);
  expect(unstored(await storedIn({ url: `http://default@127.0.0.1:${clickhouse.port}` }), outcome)).toEqual([]);
}, 120_000);
