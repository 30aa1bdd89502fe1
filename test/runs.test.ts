import { expect, test } from 'vitest';
import { configOf } from '../src/config/load.ts';
import { systemClock } from '../src/core/clock.ts';
import { WeirError } from '../src/core/errors.ts';
import type { Log } from '../src/log/log.ts';
import { createBoard } from '../src/orchestration/board.ts';
import { createDailyBudget } from '../src/orchestration/daily.ts';
import { loadRun } from '../src/orchestration/load.ts';
import { startRun, tell } from '../src/orchestration/start.ts';
import { createRuns } from '../src/runs.ts';
import { silent } from './bench/support/silent.ts';
import { choiceOf, completed, scheduled } from './orchestration/support/facts.ts';
import { aRequest, oneCall } from './orchestration/support/reference.ts';
import { createMemoryLog } from './support/memory-log.ts';
import { until } from './support/until.ts';

const away = new WeirError('log-unavailable', 'The log is away.');
const atWork = (log: Log) => log.kv.keys('runs.worker.');

const runsOn = (log: Log, config: Parameters<typeof configOf>[0] = {}) =>
  createRuns({
    config: configOf(config),
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

test('what a run held and noted goes with its end, though the key-value is away when it ends', async () => {
  const log = createMemoryLog(systemClock);
  const limits = { org: { money: 1, tokens: 1, calls: 9, agentSeconds: 90 }, rules: {} };
  const { kv, ...rest } = log;
  let refusals = 0;
  let isAway = false;
  const unlessAway = <T>(act: () => Promise<T>): Promise<T> =>
    isAway ? ((refusals += 1), Promise.reject(away)) : act();
  const runs = runsOn(
    {
      ...rest,
      kv: {
        ...kv,
        get: (key) => (key.startsWith('budget.') ? unlessAway(() => kv.get(key)) : kv.get(key)),
        keys: (prefix) => (prefix.startsWith('board.') ? unlessAway(() => kv.keys(prefix)) : kv.keys(prefix)),
      },
    },
    { runs: { budget: { calls: 9 } } },
  );
  // It never begins: it only waits for what belongs to the same.
  const request = aRequest('r', { settleMs: 3_600_000 });
  await startRun(log, systemClock, request);
  await runs.start();
  await createBoard(log, 'r').put('whom', 'account:brightloom', 0);
  const budget = createDailyBudget({
    kv,
    clock: systemClock,
    limits,
    runOf: (org, id) => loadRun(log, org, id),
    lastOf: async () => 0,
    happened: silent().runs,
  });
  await budget.afford(request, [scheduled('a', { ...choiceOf('first'), cost: oneCall })], 1);
  const held = async () => Buffer.from((await kv.get('budget.acme'))?.value ?? []).toString();
  expect(await held()).toContain('r/a#1');
  isAway = true;
  await tell(log, systemClock, request, [completed], {});
  await until('both were refused', () => refusals >= 2);
  isAway = false;
  await until('the notes are gone', async () => (await kv.keys('board.')).length === 0);
  await until('nothing is held', async () => !(await held()).includes('r/a#1'));
  await runs.stop();
});
