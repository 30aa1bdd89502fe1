import type { Case } from '../../src/pipeline/cases.ts';
import type { Pipeline } from '../../src/pipeline/define.ts';

const names = ['customer-health', 'finance', 'gong', 'hubspot', 'intercom', 'market', 'metrics'];

/** The pipelines of `pipelines/` with their cases. */
export function shipped(): Promise<readonly { readonly pipeline: Pipeline; readonly cases: readonly Case[] }[]> {
  return Promise.all(
    names.map(async (name) => {
      const { default: pipeline } = (await import(`../../pipelines/${name}.ts`)) as { default: Pipeline };
      const { default: cases } = (await import(`../../pipelines/${name}.cases.ts`)) as { default: readonly Case[] };
      return { pipeline, cases };
    }),
  );
}
