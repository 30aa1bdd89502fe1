import { expect, test } from 'vitest';
import { configOf } from '../src/config/load.ts';
import { systemClock } from '../src/core/clock.ts';
import { WeirError } from '../src/core/errors.ts';
import type { Log } from '../src/log/log.ts';
import { createBoard } from '../src/orchestration/board.ts';
import { startRun } from '../src/orchestration/start.ts';
import { createRuns } from '../src/runs.ts';
import { silent } from './bench/support/silent.ts';
import { aRequest } from './orchestration/support/reference.ts';
import { createMemoryLog } from './support/memory-log.ts';
import { until } from './support/until.ts';

const away = new WeirError('log-unavailable', 'The log is away.');
const atWork = (log: Log) => log.kv.keys('runs.worker.');

const runsOn = (log: Log) =>
  createRuns({
    config: configOf({}),
    log,
    asking: { ask: () => Promise.reject(new WeirError('store-unavailable', 'There is none.')), running: () => 0 },
    store: { insert: () => Promise.reject(new WeirError('store-unavailable', 'There is none.')) },
    orgs: ['acme'],
    kinds: [],
    alerts: { attach: async () => 'no-alert' },
    clock: systemClock,
    happened: silent(),
    failed(error) {
      throw error;
    },
  });

test('runs that cannot start undo what had started: nobody takes them for a daemon at work', async () => {
  const log = createMemoryLog(systemClock);
  const runs = runsOn({ ...log, info: () => Promise.reject(away) });
  await expect(runs.start()).rejects.toBe(away);
  expect(await atWork(log)).toEqual([]);
});

test('a part that cannot stop as it should keeps no other from stopping', async () => {
  const log = createMemoryLog(systemClock);
  const { kv } = log;
  const put: typeof kv.put = (key, ...more) => (key === 'alerts.runs' ? Promise.reject(away) : kv.put(key, ...more));
  const runs = runsOn({ ...log, kv: { ...kv, put } });
  await runs.start();
  expect(await atWork(log)).toHaveLength(1);
  await startRun(log, systemClock, aRequest('r'));
  await until('it is read', () => runs.investigated() > 0);
  await expect(runs.stop()).rejects.toBe(away);
  expect(await atWork(log)).toEqual([]);
});

test('notes of a run that ended as its daemon died are gone after a start', async () => {
  const log = createMemoryLog(systemClock);
  await createBoard(log, 'ended').put('whom', 'account:brightloom', 0);
  const runs = runsOn(log);
  await runs.start();
  expect(await log.kv.keys('board.')).toEqual([]);
  await runs.stop();
});
