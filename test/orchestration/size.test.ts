import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const kernelMax = 800;
/** Access to the log, the conductor with the runs in its hands, the worker, and the strategies. */
const files = ['load', 'start', 'returned', 'docket', 'conductor', 'worker', 'strategies'];

const linesOf = (file: string): number =>
  readFileSync(new URL(`../../src/orchestration/${file}.ts`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n').length;

test('what carries out runs is under 800 lines, comments and all', () => {
  expect(files.map(linesOf).reduce((sum, count) => sum + count, 0)).toBeLessThan(kernelMax);
});
