import { open, type Database, type RootDatabase } from 'lmdb';
import type { Position } from '../log/position.ts';

/** An id that was seen, and until when it is remembered, ms since 1970. */
export interface SeenId {
  readonly org: string;
  /** 32 hex characters, of which the first 12 bytes are kept. */
  readonly id: string;
  readonly until: number;
}

/** Ids on disk with the position they were read up to, written as one. */
export interface SeenStore {
  /** Until when an id is remembered; undefined where it is not known. About a microsecond. */
  until(id: string): number | undefined;
  position(): Position | undefined;
  /** Ids remembered in all. */
  size(): number;
  /**
   * Writes a batch and the position after it, as one. Then forgets what has expired, and per org the ids that expire first
   * beyond `maxPerOrg`; resolves with how many those were.
   */
  write(ids: readonly SeenId[], position: Position, now: number): Promise<ReadonlyMap<string, number>>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** How many expired ids of an org one write forgets at most, so that no write stalls the loop. */
const sweepMax = 10_000;

/**
 * LMDB, memory-mapped: what is remembered costs disk (about 60 bytes an id) and the system's page cache, not this process's
 * heap. `ids` finds an id; `lists` holds what one batch brought, by org and the time it expires, so that old ids are found
 * without an index entry each.
 */
export function openSeenStore(path: string, maxPerOrg: number): SeenStore {
  const env: RootDatabase<Buffer, Buffer> = open({ path, maxDbs: 3 });
  const ids = env.openDB<Buffer, Buffer>({ name: 'ids', keyEncoding: 'binary', encoding: 'binary' });
  const lists = env.openDB<Buffer, Buffer>({ name: 'lists', keyEncoding: 'binary', encoding: 'binary' });
  const meta = env.openDB<Meta, string>({ name: 'meta', encoding: 'json' });
  const state = meta.get('state');
  let position = state?.position;
  let counts = new Map(Object.entries(state?.counts ?? {}));

  return {
    until: (id) => ids.getBinaryFast(keyOf(id))?.readDoubleBE(0),
    position: () => position,
    size: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    write: async (batch, after, now) => {
      // Batches are written in a thread of their own, each as one transaction. There is no other writer, so what is read
      // between them is what is there.
      const save = () => void meta.put('state', { position: after, counts: Object.fromEntries(counts) });
      counts = new Map(counts);
      await env.batch(() => {
        remember(batch, after.sequence, { ids, lists }, counts);
        save();
      });
      position = after;
      const evicted = new Map<string, number>();
      await env.batch(() => {
        let forgotten = 0;
        for (const org of counts.keys()) {
          forgotten += forget(org, { ids, lists }, counts, { before: now, most: sweepMax });
          const excess = (counts.get(org) ?? 0) - maxPerOrg;
          if (excess > 0) evicted.set(org, forget(org, { ids, lists }, counts, { before: Infinity, most: excess }));
        }
        if (forgotten > 0 || evicted.size > 0) save();
      });
      return evicted;
    },
    clear: async () => {
      await Promise.all([ids.clearAsync(), lists.clearAsync(), meta.clearAsync()]);
      position = undefined;
      counts = new Map();
    },
    close: () => env.close(),
  };
}

interface Meta {
  readonly position: Position;
  /** Ids remembered, per org. */
  readonly counts: Readonly<Record<string, number>>;
}

interface Tables {
  readonly ids: Database<Buffer, Buffer>;
  readonly lists: Database<Buffer, Buffer>;
}

function remember(
  batch: readonly SeenId[],
  sequence: number,
  { ids, lists }: Tables,
  counts: Map<string, number>,
): void {
  const grouped = new Map<string, { readonly org: string; readonly until: number; readonly keys: Buffer[] }>();
  for (const { org, id, until } of batch) {
    const key = keyOf(id);
    void ids.put(key, doubleOf(until));
    const expires = Math.ceil(until / listSpanMs) * listSpanMs;
    const group = grouped.get(`${org} ${expires}`) ?? { org, until: expires, keys: [] };
    grouped.set(`${org} ${expires}`, group);
    group.keys.push(key);
  }
  for (const { org, until, keys } of grouped.values()) {
    void lists.put(listKey(org, until, sequence), Buffer.concat(keys));
    counts.set(org, (counts.get(org) ?? 0) + keys.length);
  }
}

/** Forgets the org's ids that expire first: of lists that have expired before a moment, and about so many. */
function forget(
  org: string,
  { ids, lists }: Tables,
  counts: Map<string, number>,
  { before, most }: { readonly before: number; readonly most: number },
): number {
  let forgotten = 0;
  for (const { key, value } of lists.getRange({ start: listKey(org, 0, 0), end: listKey(org, before, 0) })) {
    const keys = Buffer.from(value);
    const through = Math.min(keys.length, (most - forgotten) * keyBytes);
    for (let at = 0; at < through; at += keyBytes) {
      const id = keys.subarray(at, at + keyBytes);
      // What came a second time is remembered by its later list.
      if ((ids.getBinaryFast(id)?.readDoubleBE(0) ?? 0) < before) void ids.remove(id);
    }
    if (through < keys.length) void lists.put(Buffer.from(key), keys.subarray(through));
    else void lists.remove(Buffer.from(key));
    forgotten += through / keyBytes;
    if (forgotten >= most) break;
  }
  if (forgotten > 0) counts.set(org, Math.max(0, (counts.get(org) ?? 0) - forgotten));
  return forgotten;
}

const keyBytes = 12;
/** Ids of one batch that expire within the same span share a list. */
const listSpanMs = 10 * 60_000;

function keyOf(id: string): Buffer {
  return Buffer.from(id.slice(0, 2 * keyBytes), 'hex');
}

function listKey(org: string, until: number, sequence: number): Buffer {
  return Buffer.concat([Buffer.from(`${org}\0`, 'latin1'), doubleOf(until), doubleOf(sequence)]);
}

/** Big-endian doubles of positive numbers sort as the numbers do, Infinity last. */
function doubleOf(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeDoubleBE(value);
  return buffer;
}
