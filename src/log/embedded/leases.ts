import type { WorkItem, WorkQueue, WorkTaker } from '../log.ts';
import type { WorkSettings } from '../streams.ts';

/** Where the items of a queue are kept. */
export interface WorkShelf {
  /**
   * The item, with this delivery counted; undefined where it is done, or about to be. The count is on the disk no later than what
   * is asked of the log after it.
   */
  deliver(sequence: number): Pick<WorkItem, 'org' | 'data' | 'deliveries'> | undefined;
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

/** One delivery's hold on an item. */
interface Lease {
  timer: NodeJS.Timeout;
}

export function createLeases(shelf: WorkShelf, settings: Pick<WorkSettings, 'leaseMs' | 'inFlightMax'>): Leases {
  const free = new Set<number>();
  const taken = new Map<number, Lease>();
  /** Timers of the items that come later. */
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
      const lease = { timer: leaseOf(sequence) };
      taken.set(sequence, lease);
      // Whoever is handed one may take, settle or close: not in the middle of this.
      queueMicrotask(() => hand(sequence, lease, taker));
    }
  }

  function hand(sequence: number, lease: Lease, taker: Taker): void {
    let open = true;
    const settle = (): void => {
      if (!open) return;
      open = false;
      taker.held -= 1;
      pump();
    };
    const item = closed ? undefined : shelf.deliver(sequence);
    // Done by whoever had it before. Should that not reach the disk, the lease runs out and it comes again.
    if (!item) return settle();
    taker.handle({ ...item, ...settling(sequence, lease, settle) });
  }

  const settling = (
    sequence: number,
    lease: Lease,
    settle: () => void,
  ): Pick<WorkItem, 'done' | 'later' | 'progress'> => {
    /** Not of whoever was taken for dead: another may have it. */
    const isHeld = () => taken.get(sequence) === lease;
    return {
      async done() {
        try {
          await shelf.remove(sequence);
          forget(sequence);
        } finally {
          settle();
        }
      },
      later(delayMs) {
        if (isHeld()) delay(sequence, lease, delayMs);
        settle();
      },
      progress() {
        if (!isHeld()) return;
        clearTimeout(lease.timer);
        lease.timer = leaseOf(sequence);
      },
    };
  };

  const leaseOf = (sequence: number) => setTimeout(release, settings.leaseMs, sequence).unref();

  function delay(sequence: number, { timer }: Lease, delayMs: number): void {
    clearTimeout(timer);
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
    clearTimeout(taken.get(sequence)?.timer);
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
      for (const { timer } of taken.values()) clearTimeout(timer);
      for (const timer of delayed.values()) clearTimeout(timer);
    },
  };
}
