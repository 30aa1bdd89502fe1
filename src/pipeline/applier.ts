import type { Effects } from './effects.ts';
import type { Retry } from '../core/retry.ts';

type Said = Parameters<Effects['apply']>[0];

/** What a commit that is in the log has to say to the outside. */
export interface Appended {
  readonly said: Said;
  /** The commit's sequence in SIGNALS. */
  readonly sequence: number;
  /** ms since 1970. */
  readonly appendedAt: number;
}

/** Applies the effects of a partition's commits in order, while the next commits are written already. */
export interface Applier {
  /** Resolves when the effects of this commit, and so of all before it, are in the log. After a failure nothing more is applied. */
  add(appended: Appended): Promise<void>;
  /** Sequence in SIGNALS through which all effects are in the log. */
  readonly applied: number;
}

interface Waiting extends Appended {
  done(): void;
  failed(error: unknown): void;
}

/** What gathers while effects are being applied is applied together: its appends share a flush. */
export function createApplier(effects: Effects, retry: Retry, applied: number): Applier {
  let waiting: Waiting[] = [];
  let working = false;
  let failure: { readonly error: unknown } | undefined;

  async function work(): Promise<void> {
    working = true;
    while (waiting.length > 0 && !failure) {
      const taken = waiting;
      waiting = [];
      const [first] = taken;
      const last = taken.at(-1);
      if (!first || !last) break;
      try {
        await retry(() =>
          effects.apply(together(taken, first), first.appendedAt, { from: first.sequence, to: last.sequence }),
        );
        applied = last.sequence;
        for (const each of taken) each.done();
      } catch (error) {
        failure = { error };
        for (const each of [...taken, ...waiting]) each.failed(error);
      }
    }
    working = false;
  }

  return {
    get applied() {
      return applied;
    },
    add: (appended) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure.error);
        waiting.push({ ...appended, done: resolve, failed: reject });
        // It handles its own failures: each commit is told of them.
        if (!working) void work();
      }),
  };
}

/** What commits have to say to the outside, in their order. */
function together(all: readonly Appended[], { said: { partition } }: Appended): Said {
  return {
    partition,
    alertObservations: all.flatMap(({ said }) => said.alertObservations),
    tasks: all.flatMap(({ said }) => said.tasks),
    examples: all.flatMap(({ said }) => said.examples),
    dead: all.flatMap(({ said }) => said.dead),
  };
}
