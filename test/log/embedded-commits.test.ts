import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock as clock } from '../../src/core/clock.ts';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import type { Log, NewMessage } from '../../src/log/log.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { smallDefinitions } from '../support/log.ts';

let path: string;
const logs: Log[] = [];

beforeEach(() => {
  path = newFolder();
});

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  removeFolder(path);
});

test('a process whose folder another one took over writes no more, and what it could not write changes nothing', async () => {
  const first = await open();
  await first.append(event('one'));
  // As another machine does that shares the disk and cannot see this process.
  rmSync(join(path, 'owner.json'));
  const second = await open();
  await expect(first.append(event('two'))).rejects.toMatchObject({ code: 'log-unavailable' });
  await expect(first.kv.put('key', text('lost'), 0)).rejects.toMatchObject({ code: 'log-unavailable' });
  expect(first.healthy()).toBe(false);
  expect(await second.append(event('three'))).toEqual({ kind: 'appended', sequence: 2 });
  expect(await second.kv.get('key')).toBeUndefined();
  expect(await readAll(second)).toEqual(['one', 'three']);
});

test('what a process acknowledged while its folder was being taken over is there for the next one', async () => {
  const first = await open();
  const acknowledged: string[] = [];
  const untilRefused = async (next: number): Promise<void> => {
    if (!(await isTaken(first, event(String(next))))) return;
    acknowledged.push(String(next));
    await untilRefused(next + 1);
  };
  const appending = untilRefused(0);
  while (acknowledged.length < 3) await first.append(event('more'));
  rmSync(join(path, 'owner.json'));
  const second = await open();
  await appending;
  await second.append(event('last'));
  const read = await readAll(second);
  expect(read.filter((value) => value !== 'more')).toEqual([...acknowledged, 'last']);
});

test('keys that are written, deleted and written again at the same moment end as asked last', async () => {
  const log = await open();
  const answers = await Promise.all([
    log.kv.put('key', text('a'), 0),
    log.kv.put('key', text('b'), 0),
    log.kv.delete('key'),
    log.kv.put('key', text('c'), 0),
  ]);
  expect(answers.map((answer) => answer?.kind)).toEqual(['stored', 'moved', undefined, 'stored']);
  expect(Buffer.from((await log.kv.get('key'))?.value ?? '').toString()).toBe('c');
});

test('names too long for the disk are refused before anything is written', async () => {
  const log = await open();
  const long = 'x'.repeat(2_000);
  const kept = log.append(event('kept'));
  await expect(log.append({ ...event('lost'), subject: `weir.events.0.acme.${long}` })).rejects.toThrow(RangeError);
  await expect(log.kv.put(long, text('lost'), 0)).rejects.toThrow(RangeError);
  await expect(log.blobs.put(long, text('lost'))).rejects.toThrow(RangeError);
  await expect(log.kv.delete(long)).rejects.toThrow(RangeError);
  await expect(log.blobs.delete('')).rejects.toThrow(RangeError);
  expect(await kept).toEqual({ kind: 'appended', sequence: 1 });
  expect(await readAll(log)).toEqual(['kept']);
});

test.skipIf(process.platform === 'win32')(
  'a disk that is full refuses with what it says, nothing is half there, and what fits is taken',
  async () => {
    const program = new URL('../support/full-disk.ts', import.meta.url).pathname;
    // Files of at most ten megabytes.
    const limited = `trap '' XFSZ; ulimit -f 20000; exec "$0" --import tsx "$1" "$2"`;
    const { stdout } = await run('sh', ['-c', limited, process.execPath, program, path]);
    const { appended, lastSequence, code, told, small, again } = JSON.parse(stdout);
    expect(appended).toBeGreaterThan(0);
    expect(lastSequence).toBe(appended);
    expect(['log-unavailable', 'log-full']).toContain(code);
    expect(told).toEqual(['disconnected', 'reconnected', 'disconnected']);
    expect({ small, again }).toEqual({ small: 'appended', again: 'refused' });
  },
);

const run = promisify(execFile);

async function isTaken(log: Log, message: NewMessage): Promise<boolean> {
  try {
    await log.append(message);
    return true;
  } catch {
    return false;
  }
}

async function open(): Promise<Log> {
  const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
  const log = await createEmbeddedLog({ path, definitions: smallDefinitions, clock, happened });
  logs.push(log);
  return log;
}

const text = (value: string): Uint8Array => Buffer.from(value, 'utf8');
const event = (value: string): NewMessage => ({
  stream: 'EVENTS',
  subject: 'weir.events.0.acme.stripe',
  data: text(value),
});

async function readAll(log: Log): Promise<readonly string[]> {
  const { lastSequence } = await log.info('EVENTS');
  const reader = log.read('EVENTS', { after: 0, maxMessages: 100 });
  const read: string[] = [];
  while (read.length < lastSequence) {
    for (const { data } of await reader.next()) read.push(Buffer.from(data).toString('utf8'));
  }
  await reader.close();
  return read;
}
