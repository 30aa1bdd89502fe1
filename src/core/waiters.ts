/** Those who wait for the next time something happens. */
export interface Waiters {
  /** Resolves then, or when `waitMs` has passed (undefined: never). Nothing of it is kept after that, however long nothing happens. */
  next(waitMs?: number): Promise<void>;
  happened(): void;
}

export function createWaiters(): Waiters {
  const waiting = new Set<() => void>();
  return {
    next: (waitMs) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        };
        const timer = waitMs === undefined ? undefined : setTimeout(done, waitMs);
        waiting.add(done);
      }),
    happened() {
      for (const done of waiting) done();
    },
  };
}
