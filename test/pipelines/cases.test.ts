import { describe, expect, it } from 'vitest';
import { checkPipeline } from '../../src/pipeline/check.ts';
import { builtInPipelines, loadPipelines } from '../../src/pipeline/load.ts';
import { inOrder } from '../../src/pipeline/topology.ts';

const { pipelines, faults } = await loadPipelines(builtInPipelines);

describe('the pipelines that come with weir', () => {
  it('are ten, each with its cases', () => {
    expect(faults).toEqual([]);
    expect(pipelines.map(({ pipeline }) => pipeline.name)).toEqual([
      'customer-health',
      'engagement',
      'feedback',
      'finance',
      'gong',
      'hubspot',
      'intercom',
      'market',
      'metrics',
      'revenue',
    ]);
    for (const { cases } of pipelines) expect(cases.length).toBeGreaterThan(2);
  });

  it('fit together: every score that is read is made by one that runs before', () => {
    expect(inOrder(pipelines.map(({ pipeline }) => pipeline))).toHaveLength(pipelines.length);
  });

  for (const { pipeline, cases } of pipelines) {
    for (const example of cases) {
      it(`${pipeline.name}: ${example.name}`, async () => {
        expect(await checkPipeline(pipeline, [example])).toEqual([]);
      });
    }
  }
});
