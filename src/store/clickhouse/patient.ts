import { messageOf, WeirError } from '../../core/errors.ts';
import { pause } from '../../core/pause.ts';
import type { Store } from '../store.ts';

export interface PatientDeps {
  /** Opens the store; rejects with `store-unavailable` while it cannot be reached. */
  open(): Promise<Store>;
  /** Which one it is going to be. */
  readonly kind: Store['kind'];
  /** Told each time opening fails. */
  failed(reason: string, retryMs: number): void;
}

export interface PatientStore extends Store {
  /** Resolves when it is open, or closed before it was. */
  readonly opened: Promise<void>;
}

const retryMs = { first: 250, longest: 15_000 };

/**
 * A store that may not be there yet: opened in the background, again and again, while whoever uses it is told
 * `store-unavailable`. So a daemon starts, takes events and pushes alerts while ClickHouse is away.
 */
export function createPatientStore({ open, kind, failed }: PatientDeps): PatientStore {
  const closing = new AbortController();
  let store: Store | undefined;

  async function opening(): Promise<void> {
    for (let delayMs = retryMs.first; !closing.signal.aborted; delayMs = Math.min(delayMs * 2, retryMs.longest)) {
      try {
        store = await open();
        if (closing.signal.aborted) await store.close();
        return;
      } catch (error) {
        failed(messageOf(error), delayMs);
      }
      await pause(delayMs, closing.signal);
    }
  }

  const opened = opening();
  const there = (): Store => {
    if (store) return store;
    throw new WeirError(
      'store-unavailable',
      'ClickHouse has not been reached yet; what comes in is kept in the log until it is.',
    );
  };

  return {
    kind,
    opened,
    insert: async (table, rows) => there().insert(table, rows),
    open: async (restrictions) => there().open(restrictions),
    inquire: async (sql) => there().inquire(sql),
    healthy: async () => store !== undefined && (await store.healthy()),
    async close() {
      closing.abort();
      await opened;
      await store?.close();
    },
  };
}
