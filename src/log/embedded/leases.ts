import type { WorkItem, WorkQueue, WorkTaker } from '../log.ts';
import type { WorkSettings } from '../streams.ts';

/** Where the items of a queue are kept. */
export interface WorkShelf {
  /** Counts one delivery more; gives the item, or undefined where it is done meanwhile. */
  deliver(sequence: number): Promise<Pick<WorkItem, 'org' | 'data' | 'deliveries'> | undefined>;
  remove(sequence: number): Promise<void>;
}

/**
 * Who has which item: leases, delays and the cap in flight, by sequence. It lives as long as its process, and so does whoever
 * takes from it: after a restart every item is free at once, and its count of deliveries goes on.
 */
export interface Leases {
  /** An item is there from now on. */
  offer(sequence: number): void;
  take: WorkQueue['take'];
  readonly waiting: number;
  close(): void;
}

interface Taker {
  readonly atOnce: number;
  handle(item: WorkItem): void;
  held: number;
}

/** How often a delivery that could not be written down is tried again, ms. */
const retryMs = 500;

export function createLeases(shelf: WorkShelf, settings: Pick<WorkSettings, 'leaseMs' | 'inFlightMax'>): Leases {
  const free = new Set<number>();
  /** Timers of the items that are taken, and of those that come later. */
  const taken = new Map<number, NodeJS.Timeout>();
  const delayed = new Map<number, NodeJS.Timeout>();
  const takers = new Set<Taker>();
  let closed = false;

  function pump(): void {
    for (const sequence of free) {
      const taker = [...takers].find(({ held, atOnce }) => held < atOnce);
      if (!taker || taken.size >= settings.inFlightMax || closed) return;
      free.delete(sequence);
      // Who has taken goes to the end: the next one takes the next.
      takers.delete(taker);
      takers.add(taker);
      taker.held += 1;
      lease(sequence);
      void hand(sequence, taker);
    }
  }

  async function hand(sequence: number, taker: Taker): Promise<void> {
    let open = true;
    const settle = (): void => {
      if (!open) return;
      open = false;
      taker.held -= 1;
      pump();
    };
    try {
      const item = await shelf.deliver(sequence);
      if (item) return taker.handle({ ...item, ...settling(sequence, settle) });
      forget(sequence);
    } catch {
      // The log says that it fails; the item waits for it.
      delay(sequence, retryMs);
    }
    settle();
  }

  const settling = (sequence: number, settle: () => void): Pick<WorkItem, 'done' | 'later' | 'progress'> => ({
    async done() {
      try {
        await shelf.remove(sequence);
        forget(sequence);
      } finally {
        settle();
      }
    },
    later(delayMs) {
      delay(sequence, delayMs);
      settle();
    },
    progress() {
      if (taken.has(sequence)) lease(sequence);
    },
  });

  function lease(sequence: number): void {
    clearTimeout(taken.get(sequence));
    taken.set(sequence, setTimeout(release, settings.leaseMs, sequence).unref());
  }

  function delay(sequence: number, delayMs: number): void {
    if (!taken.has(sequence)) return;
    clearTimeout(taken.get(sequence));
    taken.delete(sequence);
    delayed.set(sequence, setTimeout(release, delayMs, sequence).unref());
  }

  function release(sequence: number): void {
    taken.delete(sequence);
    delayed.delete(sequence);
    free.add(sequence);
    pump();
  }

  /** Done, by whoever had it: also after its lease ran out and somebody else was given it. */
  function forget(sequence: number): void {
    clearTimeout(taken.get(sequence));
    clearTimeout(delayed.get(sequence));
    taken.delete(sequence);
    delayed.delete(sequence);
    free.delete(sequence);
    pump();
  }

  return {
    offer(sequence) {
      free.add(sequence);
      pump();
    },
    take({ atOnce, handle }): WorkTaker {
      const taker: Taker = { atOnce, handle, held: 0 };
      takers.add(taker);
      pump();
      return { close: async () => void takers.delete(taker) };
    },
    get waiting() {
      return free.size + taken.size + delayed.size;
    },
    close() {
      closed = true;
      for (const timer of [...taken.values(), ...delayed.values()]) clearTimeout(timer);
    },
  };
}
