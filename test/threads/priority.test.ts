import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, test } from 'vitest';
import { putBehindWhatStarts } from '../../src/threads/priority.ts';
import { nicenessOf } from '../support/niceness.ts';

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

test.skipIf(process.platform !== 'linux')(
  'threads that start later are put behind, those that were there are left alone',
  async () => {
    const earlier = await startThread();
    const usual = nicenessOf(earlier);
    const putBehind = putBehindWhatStarts();
    const later = await startThread();
    expect(nicenessOf(later)).toBe(usual);
    putBehind();
    expect(nicenessOf(later)).toBe(19);
    expect(nicenessOf(earlier)).toBe(usual);
  },
);

/** What threads of a new process are put behind, by their order. */
async function nicenesses(...flags: readonly string[]): Promise<readonly number[]> {
  const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { readdirSync } = await import('node:fs');
    const { putHelpersBehind } = await import(${at('../../src/threads/priority.ts')});
    const { nicenessOf } = await import(${at('../support/niceness.ts')});
    const usual = nicenessOf(String(process.pid));
    putHelpersBehind();
    const threads = readdirSync('/proc/self/task').sort((a, b) => a - b);
    console.log(JSON.stringify(threads.map((thread) => nicenessOf(thread) - usual)));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    '--import',
    'tsx',
    '--input-type=module',
    '--eval',
    script,
  ]);
  return JSON.parse(stdout);
}

describe.skipIf(process.platform !== 'linux')("V8's helpers", () => {
  it('are put behind, and neither the main thread nor those that flush the log', async () => {
    const [main, waiting, ...others] = await nicenesses();
    expect(main).toBe(0);
    expect(waiting).toBeGreaterThan(0);
    expect(others.slice(0, 4).every((by) => by > 0)).toBe(true);
    expect(others.length).toBeGreaterThan(4);
    expect(others.slice(4).every((by) => by === 0)).toBe(true);
  });

  it('are left alone where somebody set how many they are', async () => {
    expect(new Set(await nicenesses('--v8-pool-size=2'))).toEqual(new Set([0]));
  });
});

async function startThread(): Promise<string> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', () => {});
     parentPort.postMessage(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));`,
    { eval: true },
  );
  workers.push(worker);
  const [thread]: unknown[] = await once(worker, 'message');
  return String(thread);
}
