import type { Service } from './core/service.ts';

/** What was made, and how it is undone: in the other order. */
export interface Lifecycle {
  /** Aborted when it is to stop: what a start waits for is not waited for any longer. */
  readonly leaving: AbortSignal;
  /** Registers how what was made just now is undone. */
  undoing(step: () => Promise<void>): void;
  /** Starts a service; stopping undoes it. Rejects with an `AbortError` once it is to stop. */
  run<S extends Service>(service: S): Promise<S>;
  /** Makes everything. What fails half-way has undone itself; what fails of that is told to `notUndone`. */
  start(make: () => Promise<void>, notUndone: (error: unknown) => void): Promise<void>;
  /** Undoes everything, also in the middle of a start. Rejects with the first fault, when all has been tried. */
  stop(): Promise<void>;
}

export function createLifecycle(): Lifecycle {
  const undo: (() => Promise<void>)[] = [];
  const asked = new AbortController();
  let starting: Promise<unknown> = Promise.resolve();

  async function undoAll(): Promise<void> {
    const faults: unknown[] = [];
    for (let step = undo.pop(); step; step = undo.pop()) {
      // One part that does not stop must not keep the others from saving what they have.
      await step().catch((error: unknown) => faults.push(error));
    }
    if (faults.length > 0) throw faults[0];
  }

  return {
    leaving: asked.signal,
    undoing(step) {
      undo.push(step);
    },
    async run(service) {
      asked.signal.throwIfAborted();
      await service.start();
      undo.push(() => service.stop());
      return service;
    },
    async start(make, notUndone) {
      const made = make().catch(async (error: unknown) => {
        // What made it fail is what is to be told.
        await undoAll().catch(notUndone);
        throw error;
      });
      // Who stops meanwhile waits for that, too: what others rest on goes last.
      starting = made.catch(() => undefined);
      await made;
    },
    async stop() {
      asked.abort();
      await starting;
      await undoAll();
    },
  };
}
