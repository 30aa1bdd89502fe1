import type { Entry } from './entry.ts';

/** The recent transitions of all organisations, in order. Bounded by number and bytes; the oldest go first. */
export interface Ring {
  push(entry: Entry): void;
  /** The ring holds everything after this sequence. */
  floor(): number;
  /** What comes after a sequence at or above the floor, oldest first. */
  after(sequence: number): Iterable<Entry>;
  /** How much it holds; for figures. */
  held(): { readonly transitions: number; readonly bytes: number };
  /** Empties it: what comes next comes after `floor`. */
  reset(floor: number): void;
}

export function createRing(limits: { readonly ringMax: number; readonly ringBytesMax: number }): Ring {
  let entries: Entry[] = [];
  /** Entries before it are gone; they are cut off by the thousand, not one by one. */
  let head = 0;
  let bytes = 0;
  let floor = 0;

  function dropOldest(): void {
    const oldest = entries[head];
    if (!oldest) return;
    head += 1;
    bytes -= oldest.data.byteLength;
    floor = oldest.sequence;
    if (head < 1_024) return;
    entries = entries.slice(head);
    head = 0;
  }

  /** Index of the first entry after a sequence, by halving. */
  function indexAfter(sequence: number): number {
    let low = head;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle]?.sequence ?? Infinity) > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    push(entry) {
      entries.push(entry);
      bytes += entry.data.byteLength;
      while (entries.length - head > limits.ringMax || bytes > limits.ringBytesMax) dropOldest();
    },
    floor: () => floor,
    *after(sequence) {
      // Nothing is pushed while this is walked: its readers do not wait in between.
      for (let index = indexAfter(sequence); index < entries.length; index++) {
        const entry = entries[index];
        if (entry) yield entry;
      }
    },
    held: () => ({ transitions: entries.length - head, bytes }),
    reset(newFloor) {
      entries = [];
      head = 0;
      bytes = 0;
      floor = newFloor;
    },
  };
}
