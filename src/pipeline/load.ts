import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import { WeirError } from '../core/errors.ts';
import { misfitsOf } from '../core/misfits.ts';
import { isDuration } from '../core/duration.ts';
import { namePattern, streams } from '../core/event.ts';
import type { Case } from './cases.ts';
import { importFault, type LoadFault } from './import-fault.ts';
import type { Model } from '../scoring/model.ts';
import type { Settings } from './define-settings.ts';
import type { Pipeline } from './define.ts';

/** A pipeline with its examples. */
export interface Loaded {
  readonly file: string;
  readonly pipeline: Pipeline;
  readonly cases: readonly Case[];
}

/** The folder of the pipelines that come with weir: beside `src/`, compiled or not. */
export const builtInPipelines = fileURLToPath(new URL('../../pipelines', import.meta.url));

const moduleName = /^(?!.*\.cases\.)(?!.*\.d\.)[a-z0-9-]+\.(js|mjs|ts)$/;

const kindShape = z.strictObject({
  kind: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected a name of a-z, 0-9 and _, at most 63 characters'),
  version: z.int().positive(),
  steps: z
    .array(
      z.strictObject({
        id: z.string(),
        skill: z.string(),
        goal: z.string(),
        needs: z.array(z.string()).exactOptional(),
        optional: z.literal(true).exactOptional(),
        when: z.strictObject({ step: z.string(), name: z.string(), is: z.json() }).exactOptional(),
        shows: z.array(z.string()).exactOptional(),
        approval: z.literal(true).exactOptional(),
      }),
    )
    .min(1),
});

const pipelineShape = z.object({
  name: z.string().regex(namePattern, 'expected a name of a-z, 0-9 and -, at most 63 characters'),
  version: z.int().positive(),
  description: z.string(),
  streams: z.array(z.enum(streams)),
  scores: z.array(z.string()),
  makes: z.array(z.string()),
  models: z.array(z.custom<Model>((value) => typeof value === 'object' && value !== null && 'learn' in value)),
  kinds: z.array(kindShape).exactOptional(),
  settings: z
    .custom<Settings>((value) => typeof value === 'object' && value !== null && 'shape' in value)
    .exactOptional(),
  lateness: z.string().refine(isDuration, 'expected a duration such as 0s or 1m'),
  run: z.custom<Pipeline['run']>((value) => typeof value === 'function', 'expected a function'),
});

/** The pipelines of a folder, without their cases: what runs needs none. Throws `pipeline-invalid` where one is none. */
export async function pipelinesIn(folder: string): Promise<readonly Pipeline[]> {
  const { loaded, faults } = await loadEach(folder, async (_, pipeline) => pipeline);
  if (faults.length === 0) return loaded;
  const said = faults.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new WeirError('pipeline-invalid', said.join('\n'));
}

/** Loads every pipeline of a folder with its cases: `gong.ts` and `gong.cases.ts`. A file that is no pipeline is a fault. */
export async function loadPipelines(
  folder: string,
): Promise<{ readonly pipelines: readonly Loaded[]; readonly faults: readonly LoadFault[] }> {
  const { loaded, faults } = await loadEach(folder, async (file, pipeline) => ({
    file,
    pipeline,
    cases: await casesOf(file),
  }));
  return { pipelines: loaded, faults };
}

async function loadEach<T>(
  folder: string,
  complete: (file: string, pipeline: Pipeline) => Promise<T>,
): Promise<{ readonly loaded: readonly T[]; readonly faults: readonly LoadFault[] }> {
  const names = (await readdir(folder)).filter((name) => moduleName.test(name)).toSorted();
  const loaded: T[] = [];
  const faults: LoadFault[] = [];
  for (const name of names) {
    const file = join(folder, name);
    try {
      const pipeline = await pipelineIn(file);
      if ('message' in pipeline) faults.push(pipeline);
      else loaded.push(await complete(file, pipeline));
    } catch (error) {
      faults.push(importFault(error, folder, file));
    }
  }
  return { loaded, faults };
}

async function pipelineIn(file: string): Promise<Pipeline | LoadFault> {
  const module: unknown = await import(pathToFileURL(file).href);
  const shape = z.object({ default: pipelineShape });
  const exported = shape.safeParse(unwrapped(module));
  if (exported.success) {
    const { lateness, ...pipeline } = exported.data.default;
    if (isDuration(lateness)) return { ...pipeline, lateness };
  }
  const [misfit] = misfitsOf(shape, unwrapped(module));
  const path = misfit?.path.slice(1).join('.') ?? '';
  const message =
    path === ''
      ? 'has no pipeline as its default export: export default definePipeline({ … })'
      : `${path}: ${misfit?.message}`;
  return { loading: file, file, line: 1, column: 1, message };
}

async function casesOf(file: string): Promise<readonly Case[]> {
  const casesFile = file.replace(/\.(js|mjs|ts)$/, '.cases.$1');
  const siblings = await readdir(join(file, '..'));
  if (!siblings.some((name) => casesFile.endsWith(`/${name}`))) return [];
  const module: unknown = await import(pathToFileURL(casesFile).href);
  // The events and expectations are checked by running them; here only that there is a list.
  return z
    .object({ default: z.array(z.custom<Case>((one) => typeof one === 'object' && one !== null)) })
    .parse(unwrapped(module)).default;
}

/** A file whose folder has no package.json of type "module" may come as CommonJS, its exports one level down. */
function unwrapped(module: unknown): unknown {
  const wrapped = z.object({ default: z.looseObject({ __esModule: z.literal(true) }) }).safeParse(module);
  return wrapped.success ? wrapped.data.default : module;
}
