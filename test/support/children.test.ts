import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startScript } from './children.ts';
import { until } from './until.ts';

test('what a test has started and written is gone with the test run, also where that is killed', async () => {
  const mother = startScript(fileURLToPath(new URL('mother.child.ts', import.meta.url)), []);
  const [line] = await once(createInterface({ input: mother.stdout }), 'line');
  const [pid, folder = ''] = String(line).split(' ');
  expect([lives(Number(pid)), existsSync(folder)]).toEqual([true, true]);
  mother.kill('SIGKILL');
  await until('the child is dead', () => !lives(Number(pid)));
  await until('the folder is removed', () => !existsSync(folder));
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
