import { durationMs } from '../core/duration.ts';
import { WeirError } from '../core/errors.ts';
import type { Pipeline } from './define.ts';

/**
 * The order pipelines run in for each event: whoever makes a score before whoever reads it, else by name.
 * Throws `pipeline-invalid` for two of one name, two makers of one score, a score nobody makes (unless scores come from
 * outside, as in a pipeline's cases), a reader that waits less for what comes late than the maker does, or a circle.
 */
export function inOrder(
  pipelines: readonly Pipeline[],
  scoresFrom: 'pipelines' | 'outside' = 'pipelines',
): readonly Pipeline[] {
  const byName = pipelines.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const makers = makersOf(byName);
  const ordered: Pipeline[] = [];
  const visit = (pipeline: Pipeline, path: readonly string[]): void => {
    if (ordered.includes(pipeline)) return;
    if (path.includes(pipeline.name)) {
      throw new WeirError(
        'pipeline-invalid',
        `Pipelines read each other's scores: ${[...path, pipeline.name].join(' → ')}.`,
      );
    }
    for (const score of pipeline.scores) {
      const maker = makers.get(score);
      if (!maker && scoresFrom === 'outside') continue;
      if (!maker)
        throw new WeirError(
          'pipeline-invalid',
          `${pipeline.name} reads the score "${score}", which no pipeline makes.`,
        );
      demandPatience(pipeline, maker);
      visit(maker, [...path, pipeline.name]);
    }
    ordered.push(pipeline);
  };
  for (const pipeline of byName) visit(pipeline, []);
  return ordered;
}

/** What the maker has waited for is of a time the reader's clock would have left behind. */
function demandPatience(reader: Pipeline, maker: Pipeline): void {
  if (durationMs(reader.lateness) >= durationMs(maker.lateness)) return;
  throw new WeirError(
    'pipeline-invalid',
    `${reader.name} reads scores of ${maker.name}, which waits ${maker.lateness} for what comes late: give ${reader.name} a lateness of as much.`,
  );
}

function makersOf(pipelines: readonly Pipeline[]): ReadonlyMap<string, Pipeline> {
  const makers = new Map<string, Pipeline>();
  const names = new Set<string>();
  for (const pipeline of pipelines) {
    if (names.has(pipeline.name))
      throw new WeirError('pipeline-invalid', `Two pipelines are named "${pipeline.name}".`);
    names.add(pipeline.name);
    for (const score of pipeline.makes) {
      const other = makers.get(score);
      if (other)
        throw new WeirError('pipeline-invalid', `Both ${other.name} and ${pipeline.name} make the score "${score}".`);
      makers.set(score, pipeline);
    }
  }
  return makers;
}
