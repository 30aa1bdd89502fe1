import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { newFolder } from '../support/folder.ts';

const script = fileURLToPath(new URL('embedded-work.child.ts', import.meta.url));
const root = newFolder();

test('an item of work that kills whoever takes it is counted each time, once its taker has said that it began', async () => {
  const told: string[] = [];
  for (let start = 1; start <= 4; start += 1) told.push(await outputOf(script));
  expect(told).toEqual(['1', '2', '3', '4']);
}, 60_000);

/** What a process wrote before it was killed. */
function outputOf(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--import', 'tsx', path, root], (error, stdout) =>
      error?.signal === 'SIGKILL' ? resolve(stdout) : reject(error ?? new Error('it was not killed')),
    );
  });
}
