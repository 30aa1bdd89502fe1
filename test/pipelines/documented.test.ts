import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../src/pipeline/check.ts';
import { builtInPipelines, loadPipelines } from '../../src/pipeline/load.ts';
import { newFolder } from '../support/folder.ts';

const root = join(import.meta.dirname, '../..');
const page = await readFile(join(root, 'docs/pipelines.md'), 'utf8');

describe('docs/pipelines.md', () => {
  it('shows a pipeline that works as it stands there', async () => {
    const [pipeline = '', cases = ''] = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
    const project = newFolder();
    // Beside `src/`, as `pipelines/` is, so that its imports lead there.
    for (const name of ['src', 'node_modules', 'package.json']) await symlink(join(root, name), join(project, name));
    const folder = join(project, 'pipelines');
    await mkdir(folder);
    await writeFile(join(folder, 'refund-requests.ts'), pipeline);
    await writeFile(join(folder, 'refund-requests.cases.ts'), cases);

    const { pipelines, faults } = await loadPipelines(folder);
    expect(faults).toEqual([]);
    expect(pipelines).toHaveLength(1);
    for (const loaded of pipelines) {
      expect(loaded.cases).toHaveLength(2);
      expect(await checkPipeline(loaded.pipeline, loaded.cases)).toEqual([]);
    }
  });

  it('lists every score that is made, and no other', async () => {
    const { pipelines } = await loadPipelines(builtInPipelines);
    const makes = pipelines.flatMap(({ pipeline }) => pipeline.makes.map((score) => `${score} ${pipeline.name}`));
    expect(rowsOf('## Scores').toSorted()).toEqual(makes.toSorted());
  });

  it('lists every rule that is kept, and no other', async () => {
    const files = (await readdir(builtInPipelines)).filter((file) => /^[a-z-]+\.ts$/.test(file));
    const rules = files.map(async (file) => {
      const source = await readFile(join(builtInPipelines, file), 'utf8');
      return [...source.matchAll(/alerted\(\s*state,\s*'([a-z-]+)'/g)].map(
        ([, rule]) => `${rule} ${file.replace('.ts', '')}`,
      );
    });
    expect(rowsOf('## Rules that').toSorted()).toEqual((await Promise.all(rules)).flat().toSorted());
  });
});

/** The first two columns of the table under a heading. */
function rowsOf(heading: string): readonly string[] {
  const section = page.slice(page.indexOf(heading)).split(/\n## /)[0] ?? '';
  return [...section.matchAll(/^\| `([\w-]+)` +\| ([\w-]+) +\|/gm)].map(([, name, pipeline]) => `${name} ${pipeline}`);
}
