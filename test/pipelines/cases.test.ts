import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../src/pipeline/check.ts';
import { inOrder } from '../../src/pipeline/topology.ts';
import { shipped } from './shipped.ts';

describe('the pipelines that come with weir', async () => {
  const all = await shipped();

  it('each have cases beside them', () => {
    const files = readdirSync(new URL('../../pipelines/', import.meta.url)).filter(
      (file) => !file.endsWith('.cases.ts'),
    );
    expect(all.map(({ pipeline }) => `${pipeline.name}.ts`).toSorted()).toEqual(files.toSorted());
    for (const { cases } of all) expect(cases.length).toBeGreaterThan(2);
  });

  it('fit together: every score that is read is made by one of them', () => {
    expect(inOrder(all.map(({ pipeline }) => pipeline)).at(-1)?.name).toBeDefined();
  });

  for (const { pipeline, cases } of all) {
    for (const example of cases) {
      it(`${pipeline.name}: ${example.name}`, async () => {
        expect(await checkPipeline(pipeline, [example])).toEqual([]);
      });
    }
  }
});
