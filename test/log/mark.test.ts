import { beforeEach, expect, test } from 'vitest';
import { createMark } from '../../src/log/position.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';

let log: MemoryLog;
beforeEach(async () => {
  let now = Date.UTC(2026, 5, 1);
  log = createMemoryLog({ now: () => (now += 1) });
  await say(5);
});

const say = async (howMany: number) => {
  for (let index = 0; index < howMany; index++) {
    await log.append({ stream: 'RUNS', subject: 'weir.runs.acme.r', data: new Uint8Array() });
  }
};

const saved = async (sequence: number) => {
  const mark = createMark(log, 'RUNS', 'mark');
  await mark.load();
  await mark.save(sequence);
};

const loaded = () => createMark(log, 'RUNS', 'mark').load();

test('is where it was left, also where retention took what came before', async () => {
  expect(await loaded()).toBe(0);
  await saved(3);
  expect(await loaded()).toBe(3);
  await saved(2);
  expect(await loaded()).toBe(3);
  await log.trim('RUNS', 4);
  expect(await loaded()).toBe(3);
});

test('says nothing of a log that ends before it, was written on since, or was made anew', async () => {
  await saved(4);
  log.cut('RUNS', 2);
  expect(await loaded()).toBe(0);
  await say(6);
  expect(await loaded()).toBe(0);
  log.recreate('RUNS');
  await say(6);
  expect(await loaded()).toBe(0);
});

test('is not moved to where there is nothing: a log that is put back may come to hold another message there', async () => {
  await saved(2);
  log.cut('RUNS', 3);
  await saved(5);
  await say(4);
  expect(await loaded()).toBe(2);
});

test('that was written down without a time stands for any message at its place', async () => {
  const { created } = await log.info('RUNS');
  await log.kv.put('mark', Buffer.from(JSON.stringify({ created, sequence: 4 })), 0);
  expect(await loaded()).toBe(4);
});
