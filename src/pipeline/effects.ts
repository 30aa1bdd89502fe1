import type { Commit } from '../core/commit.ts';

/**
 * P What follows from a partition's commits: alerts, examples for the models, dead letters, runs. Called for all in order, one or several together, and again
 * after a start for the last ones: whoever applies ignores what it has applied already. Resolves when all of it is in the log.
 */
export interface Effects {
  /** `committedAt`: when the first of the commits was appended, ms. */
  apply(
    said: Pick<Commit, 'partition' | 'alertObservations' | 'tasks' | 'examples' | 'dead'>,
    committedAt: number,
    place: CommitPlace,
  ): Promise<void>;
}

/** Where the first and the last of the commits stand: sequences in SIGNALS. */
export interface CommitPlace {
  readonly from: number;
  readonly to: number;
}
