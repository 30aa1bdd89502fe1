import { measureCheckpoint } from './pipeline/checkpoint.ts';
import { measureOperators } from './pipeline/operators.ts';
import { measureScorers } from './pipeline/scorers.ts';
import { measureEntities } from './pipeline/entities.ts';
import { measureStream } from './pipeline/stream.ts';
import type { Measure } from './support/figure.ts';

/** (g) What happens between a record and its commit: operators, scorers, state, snapshots, and all pipelines together. */
export const measurePipeline: Measure = async (bench) => [
  ...(await measureOperators(bench)),
  ...(await measureScorers(bench)),
  ...(await measureEntities(bench)),
  ...(await measureCheckpoint(bench)),
  ...(await measureStream(bench)),
];
