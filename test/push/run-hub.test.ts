import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { ServerMessage } from '../../schemas/push.ts';
import { webSocketFraming } from '../../src/push/frames.ts';
import { createRunHub } from '../../src/push/runs.ts';
import { epoch } from '../support/alerts.ts';
import type { MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { asked, ended, setting, undo, undoAll } from './telling-runs.ts';

afterEach(undoAll);

/** A subscription at the hub itself, and what it was said. */
async function listening(log: MemoryLog) {
  const hub = createRunHub({ log, happened: { pushReadFailed: () => {}, gapTold: () => {} }, failed: () => {} });
  undo.push(() => hub.stop());
  await hub.start();
  const said: ServerMessage[] = [];
  const framing = { ...webSocketFraming, message: (message: ServerMessage) => (said.push(message), Buffer.alloc(0)) };
  const feed = hub.connect({ framing, send: () => {}, buffered: () => 0 });
  const from = new Date(epoch - 1_000).toISOString();
  const subscribe = (topic: 'runs' | 'insights', filter: object) =>
    feed.subscribe({ id: 'r', org: 'acme', topic, filter, from });
  return { said, subscribe };
}

test('a subscriber to runs keeps nobody else waiting while it catches up, be there nothing for it in all that was', async () => {
  const { log, say } = await setting();
  for (let run = 0; run < 500; run += 1) await say(`r${run}`, asked(`r${run}`));
  await say('other', asked('other', 'account:a', 'financial'));
  const { said, subscribe } = await listening(log);
  let turns = 0;
  await subscribe('runs', { kinds: ['financial'] });
  for (; said.length < 2 && turns < 1_000; turns += 1) await nextTick();
  expect(said.at(-1)).toMatchObject({ type: 'run', run: 'other' });
  expect(turns).toBeGreaterThan(20);
});

test('what a run is about is known to whoever reads it from its beginning, and not looked for', async () => {
  const { log, say } = await setting();
  for (const run of ['one', 'two']) {
    await say(run, asked(run));
    await say(run, ended);
  }
  const looked: string[] = [];
  const looking: MemoryLog['next'] = (stream, subject, after) => {
    if (!subject.endsWith('*')) looked.push(subject);
    return log.next(stream, subject, after);
  };
  const { said, subscribe } = await listening({ ...log, next: looking });
  await subscribe('insights', {});
  await until(() => said.length === 3);
  expect(said.slice(1)).toMatchObject([{ run: 'one', kind: 'customer_health' }, { run: 'two' }]);
  expect(looked).toEqual([]);
});
