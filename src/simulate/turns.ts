/** Lets tasks of different entities run at once, up to a limit, and those of one entity one after another. */
export interface Turns {
  /** Resolves when the task has its place, not when it is done; waits while there is none. */
  take(entities: readonly string[], task: () => Promise<void>): Promise<void>;
  /** Resolves when all are done; rejects with what the first that failed failed with. */
  idle(): Promise<void>;
}

/** `limit` counts those that wait for their entity's turn, too. */
export function createTurns(limit: number): Turns {
  const running = new Set<Promise<void>>();
  const last = new Map<string, Promise<void>>();
  let failed: { readonly error: unknown } | undefined;
  let woken: (() => void) | undefined;

  const oneDone = () =>
    new Promise<void>((resolve) => {
      woken = resolve;
    });

  const inTurn = async (before: readonly (Promise<void> | undefined)[], task: () => Promise<void>) => {
    try {
      for (const other of before) await other;
      await task();
    } catch (error) {
      failed ??= { error };
    }
  };

  const oneTurn = async (entities: readonly string[], task: () => Promise<void>) => {
    const before = entities.map((entity) => last.get(entity));
    const turn = inTurn(before, task);
    running.add(turn);
    for (const entity of entities) last.set(entity, turn);
    await turn;
    running.delete(turn);
    for (const entity of entities) if (last.get(entity) === turn) last.delete(entity);
    woken?.();
  };

  return {
    async take(entities, task) {
      while (running.size >= limit) await oneDone();
      if (failed) throw failed.error;
      void oneTurn(entities, task);
    },
    async idle() {
      while (running.size > 0) await oneDone();
      if (failed) throw failed.error;
    },
  };
}
