import { hash } from 'node:crypto';
import { duplicateWindowMs } from '../streams.ts';

/**
 * Which message ids were stored within the duplicate window, in memory: 24 bytes a slot in typed arrays, where a Map
 * would take six times that. Two generations; the older goes as a whole once the newer covers the window.
 *
 * The bound: `idsPerGenerationMax` ids a generation. Beyond about 1,700 appends with an id a second for ten minutes the
 * window gets shorter than ten minutes; what is told twice later than that is `seen`'s to notice.
 */
export interface IdWindow {
  /** The sequence of the first copy, or undefined where the id is new (or older than the window). */
  find(key: string, now: number): number | undefined;
  add(key: string, sequence: number, at: number): void;
}

export const idsPerGenerationMax = 1_000_000;

/**
 * The first 96 bits of the hash of stream and id, a character a byte: a Buffer would cost more than the hash. Two of a million
 * ids collide once in 10^17 times.
 */
export function idKey(stream: string, id: string): string {
  return hash('sha256', `${stream}\0${id}`, 'binary').slice(0, idKeyBytes);
}

export const idKeyBytes = 12;

export function createIdWindow(): IdWindow {
  let newer = createTable();
  let older = createTable();
  let newerSince = Number.NEGATIVE_INFINITY;

  return {
    find(key, now) {
      const found = newer.find(key) ?? older.find(key);
      return found !== undefined && found.at > now - duplicateWindowMs ? found.sequence : undefined;
    },
    add(key, sequence, at) {
      if (at - newerSince >= duplicateWindowMs || newer.size() >= idsPerGenerationMax) {
        older = newer;
        newer = createTable();
        newerSince = at;
      }
      newer.add(key, sequence, at);
    },
  };
}

interface Table {
  find(key: string): { readonly sequence: number; readonly at: number } | undefined;
  add(key: string, sequence: number, at: number): void;
  size(): number;
}

const fillMax = 0.6;

/** Open addressing with linear probing; a slot whose sequence is 0 is free. Grows by doubling, never forgets. */
function createTable(): Table {
  let capacity = 1_024;
  let used = 0;
  let keys = new Uint32Array(capacity * 3);
  let sequences = new Float64Array(capacity);
  let times = new Float64Array(capacity);

  function slotOf(a: number, b: number, c: number): number {
    let slot = a & (capacity - 1);
    while (sequences[slot] !== 0) {
      const at = slot * 3;
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c) break;
      slot = (slot + 1) & (capacity - 1);
    }
    return slot;
  }

  function put(a: number, b: number, c: number, sequence: number, at: number): void {
    const slot = slotOf(a, b, c);
    if (sequences[slot] === 0) used += 1;
    keys[slot * 3] = a;
    keys[slot * 3 + 1] = b;
    keys[slot * 3 + 2] = c;
    sequences[slot] = sequence;
    times[slot] = at;
  }

  function grow(): void {
    const old = { capacity, keys, sequences, times };
    capacity *= 2;
    used = 0;
    keys = new Uint32Array(capacity * 3);
    sequences = new Float64Array(capacity);
    times = new Float64Array(capacity);
    for (let slot = 0; slot < old.capacity; slot += 1) {
      const sequence = old.sequences[slot] ?? 0;
      if (sequence === 0) continue;
      const [a = 0, b = 0, c = 0] = old.keys.subarray(slot * 3, slot * 3 + 3);
      put(a, b, c, sequence, old.times[slot] ?? 0);
    }
  }

  return {
    find(key) {
      const slot = slotOf(wordAt(key, 0), wordAt(key, 4), wordAt(key, 8));
      const sequence = sequences[slot] ?? 0;
      return sequence === 0 ? undefined : { sequence, at: times[slot] ?? 0 };
    },
    add(key, sequence, at) {
      if (used >= capacity * fillMax) grow();
      put(wordAt(key, 0), wordAt(key, 4), wordAt(key, 8), sequence, at);
    },
    size: () => used,
  };
}

/** Four characters as an unsigned number, the first of them its lowest byte. */
function wordAt(key: string, at: number): number {
  const high = (key.charCodeAt(at + 2) << 16) | (key.charCodeAt(at + 3) << 24);
  return (key.charCodeAt(at) | (key.charCodeAt(at + 1) << 8) | high) >>> 0;
}
