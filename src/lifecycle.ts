import type { Service } from './core/service.ts';

/** What was made, and how it is undone: in the other order. */
export interface Lifecycle {
  /** Registers how what was made just now is undone. */
  undoing(step: () => Promise<void>): void;
  /** Starts a service; stopping undoes it. */
  run<S extends Service>(service: S): Promise<S>;
  /** Undoes everything. Rejects with the first fault, when all has been tried. */
  stop(): Promise<void>;
}

export function createLifecycle(): Lifecycle {
  const undo: (() => Promise<void>)[] = [];
  return {
    undoing(step) {
      undo.push(step);
    },
    async run(service) {
      await service.start();
      undo.push(() => service.stop());
      return service;
    },
    async stop() {
      const faults: unknown[] = [];
      for (let step = undo.pop(); step; step = undo.pop()) {
        // One part that does not stop must not keep the others from saving what they have.
        await step().catch((error: unknown) => faults.push(error));
      }
      if (faults.length > 0) throw faults[0];
    },
  };
}
