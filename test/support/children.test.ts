import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startScript } from './children.ts';
import { until } from './until.ts';

test('what a test has started ends with the test run, also where that is killed', async () => {
  const mother = startScript(fileURLToPath(new URL('mother.child.ts', import.meta.url)), []);
  const [line] = await once(createInterface({ input: mother.stdout }), 'line');
  const pid = Number(line);
  expect(lives(pid)).toBe(true);
  mother.kill('SIGKILL');
  await until('the child is dead', () => !lives(pid));
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
