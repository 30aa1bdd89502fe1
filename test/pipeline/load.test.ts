import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { loadPipelines, pipelinesIn } from '../../src/pipeline/load.ts';
import { newFolder } from '../support/folder.ts';

const folder = newFolder();
const define = new URL('../../src/pipeline/define.ts', import.meta.url).href;

beforeAll(() => {
  const pipeline = `import { definePipeline } from '${define}';
    export default definePipeline({ name: 'quiet', version: 1, description: 'Says nothing.', streams: ['gong'], run: () => [] });`;
  writeFileSync(join(folder, 'quiet.ts'), pipeline);
  writeFileSync(join(folder, 'quiet.cases.ts'), "throw new Error('left half done');");
});

test('cases that cannot be loaded keep no pipeline from running, and a check names them', async () => {
  expect((await pipelinesIn(folder)).map(({ name }) => name)).toEqual(['quiet']);
  const checked = await loadPipelines(folder);
  expect(checked.pipelines).toEqual([]);
  expect(checked.faults).toEqual([expect.objectContaining({ message: 'left half done' })]);
});
