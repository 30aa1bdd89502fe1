import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { definePipeline, type PipelineDefinition } from '../../src/pipeline/define.ts';
import { inOrder } from '../../src/pipeline/topology.ts';

const pipeline = (name: string, more: Partial<PipelineDefinition>) =>
  definePipeline({ name, version: 1, description: name, streams: [], run: () => NEVER, ...more });

describe('pipelines that read each other’s scores', () => {
  it('run after whoever makes the scores, else by name', () => {
    const all = [pipeline('a', { scores: ['tone'] }), pipeline('c', {}), pipeline('z', { makes: ['tone'] })];
    expect(inOrder(all).map(({ name }) => name)).toEqual(['z', 'a', 'c']);
  });

  it('are refused where one would find a score late that its maker waited for', () => {
    const maker = pipeline('calls', { makes: ['tone'], lateness: '1h' });
    expect(() => inOrder([maker, pipeline('risk', { scores: ['tone'] })])).toThrow(/give risk a lateness of as much/);
    expect(inOrder([maker, pipeline('risk', { scores: ['tone'], lateness: '1h' })])).toHaveLength(2);
  });
});
