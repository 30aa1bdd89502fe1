import type { ScoreDraft } from '../../src/pipeline/define.ts';
import type { Tuned } from './settings.ts';

/** Of each metric of a service that is out of its usual: how many samples in a row, and how many usual ones since. */
export type Runs = { readonly [metric: string]: { readonly odd: number; readonly calm: number } };

export type Health =
  | { readonly kind: 'odd'; readonly odd: number; readonly metrics: readonly string[]; readonly draft: ScoreDraft }
  | { readonly kind: 'calm' };

/** So many metrics of a service are followed at once; a further one has to wait until one of them is calm. */
export const metricsMax = 50;

/**
 * Follows a service's metrics: odd when one of them stays out of its usual, calm when all of them are back. A run begins with the
 * first odd sample and ends with `calmToEnd` usual ones.
 */
export function follow(
  { oddFrom, oddToWarn, calmToEnd }: Tuned,
  runs: Runs,
  draft: ScoreDraft,
): { state: Runs | undefined; emit: readonly Health[] } {
  const metric = draft.subject ?? '';
  const { [metric]: known, ...others } = runs;
  // A metric may be named like something every object has.
  const run = Object.hasOwn(runs, metric) ? known : undefined;
  if (draft.value >= oddFrom) {
    if (!run && Object.keys(runs).length >= metricsMax) return { state: runs, emit: [] };
    const odd = (run?.odd ?? 0) + 1;
    const state = { ...others, [metric]: { odd, calm: 0 } };
    const metrics = Object.keys(state).toSorted();
    return { state, emit: odd >= oddToWarn ? [{ kind: 'odd', odd, metrics, draft }] : [] };
  }
  if (!run) return { state: runs, emit: [] };
  // One odd sample alone is forgotten with the next usual one.
  const calm = run.odd < oddToWarn ? calmToEnd : run.calm + 1;
  if (calm < calmToEnd) return { state: { ...others, [metric]: { ...run, calm } }, emit: [] };
  const over = Object.keys(others).length === 0;
  return { state: over ? undefined : others, emit: over ? [{ kind: 'calm' }] : [] };
}
