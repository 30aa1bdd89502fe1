import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
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
