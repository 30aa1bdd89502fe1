import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const kernelMax = 800;
/** Access to the log, the conductor with the runs in its hands, the worker, and the strategies. */
const files = ['load', 'start', 'docket', 'conductor', 'worker', 'strategies'];

const linesOf = (path: string): readonly string[] =>
  readFileSync(new URL(`../../src/${path}`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');

/** What the conductor's place in RUNS is kept with: to the end of its file. */
function linesOfMark(): number {
  const lines = linesOf('log/position.ts');
  return lines.length - lines.findIndex((line) => line.includes('How far somebody is with a stream'));
}

test('what carries out runs is under 800 lines, comments and all', () => {
  const own = files.map((file) => linesOf(`orchestration/${file}.ts`).length);
  const lines = own.reduce((sum, count) => sum + count, linesOfMark());
  expect(linesOfMark()).toBeGreaterThan(30);
  expect(lines).toBeLessThan(kernelMax);
});
