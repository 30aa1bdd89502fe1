import type { PipelineHappenings } from '../pipeline/happenings.ts';
import type { Progress } from './calls.ts';

/** So long it waits for more to tell. */
const gatherMs = 100;

/** Gathers what happens with every batch, and tells it by and by. */
export function createProgress(tell: (progress: Progress) => void) {
  let committed: Progress['committed'][number][] = [];
  let reached: Progress['reached'];
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (committed.length === 0 && !reached) return;
    tell({ committed, reached });
    committed = [];
    reached = undefined;
  }
  const later = (): void => {
    timer ??= setTimeout(flush, gatherMs);
  };

  return {
    /** Tells at once what is gathered: before anything that whoever asks could compare it with. */
    flush,
    happened: {
      committed(said, tookMs) {
        committed.push({ said, tookMs });
        later();
      },
      pipelinesReached(sequence, storedAt) {
        reached = { sequence, storedAt };
        later();
      },
    } satisfies Pick<PipelineHappenings, 'committed' | 'pipelinesReached'>,
  };
}
