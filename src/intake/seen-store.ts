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
   * Writes a batch and the position after it, as one. Forgets what has expired, and per org the ids that expire first
   * beyond `maxPerOrg`; resolves with how many those were.
   */
  write(ids: readonly SeenId[], position: Position, now: number): Promise<ReadonlyMap<string, number>>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** How many expired ids of an org one write forgets at most, so that no write stalls the loop. */
const sweepMax = 5_000;

/**
 * LMDB, memory-mapped: what is remembered costs disk (about 120 bytes an id) and the system's page cache, not this process's
 * heap. `ids` finds an id; `ages` holds the same in the order in which they expire, by org.
 */
export function openSeenStore(path: string, maxPerOrg: number): SeenStore {
  const env: RootDatabase<Buffer, Buffer> = open({ path, maxDbs: 3 });
  const ids = env.openDB<Buffer, Buffer>({ name: 'ids', keyEncoding: 'binary', encoding: 'binary' });
  const ages = env.openDB<Buffer, Buffer>({ name: 'ages', keyEncoding: 'binary', encoding: 'binary' });
  const meta = env.openDB<Meta, string>({ name: 'meta', encoding: 'json' });
  const state = meta.get('state');
  let position = state?.position;
  let counts = new Map(Object.entries(state?.counts ?? {}));

  return {
    until: (id) => ids.getBinaryFast(keyOf(id))?.readDoubleBE(0),
    position: () => position,
    size: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    write: async (batch, after, now) => {
      const next = new Map(counts);
      const evicted = await env.transaction(() => {
        for (const seen of batch) remember(seen, ids, ages, next);
        const beyond = new Map<string, number>();
        for (const org of next.keys()) {
          forget(org, ids, ages, next, { until: now, most: sweepMax });
          const excess = (next.get(org) ?? 0) - maxPerOrg;
          if (excess > 0) beyond.set(org, forget(org, ids, ages, next, { until: Infinity, most: excess }));
        }
        void meta.put('state', { position: after, counts: Object.fromEntries(next) });
        return beyond;
      });
      position = after;
      counts = next;
      return evicted;
    },
    clear: async () => {
      await Promise.all([ids.clearAsync(), ages.clearAsync(), meta.clearAsync()]);
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

type Ids = Database<Buffer, Buffer>;

/** Within a transaction. The key of `ages` sorts by org, then by the moment the id expires. */
function remember({ org, id, until }: SeenId, ids: Ids, ages: Ids, counts: Map<string, number>): void {
  const key = keyOf(id);
  const known = ids.getBinaryFast(key)?.readDoubleBE(0);
  if (known !== undefined) void ages.remove(ageKey(org, known, key));
  else counts.set(org, (counts.get(org) ?? 0) + 1);
  void ids.put(key, doubleOf(until));
  void ages.put(ageKey(org, until, key), nothing);
}

/** Within a transaction: forgets the org's ids that expire first, up to a moment, and no more than so many. */
function forget(
  org: string,
  ids: Ids,
  ages: Ids,
  counts: Map<string, number>,
  { until, most }: { readonly until: number; readonly most: number },
): number {
  const start = ageKey(org, 0, Buffer.alloc(0));
  const end = ageKey(org, until, Buffer.alloc(0));
  // Copied first: what a cursor runs over is not changed under it.
  const expired = [...ages.getKeys({ start, end, limit: most })].map((key) => Buffer.from(key));
  for (const key of expired) {
    void ages.remove(key);
    void ids.remove(key.subarray(key.length - keyBytes));
  }
  if (expired.length > 0) counts.set(org, Math.max(0, (counts.get(org) ?? 0) - expired.length));
  return expired.length;
}

const keyBytes = 12;
const nothing = Buffer.from([1]);

function keyOf(id: string): Buffer {
  return Buffer.from(id.slice(0, 2 * keyBytes), 'hex');
}

function ageKey(org: string, until: number, key: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${org}\0`, 'latin1'), doubleOf(until), key]);
}

/** Big-endian doubles of positive numbers sort as the numbers do, Infinity last. */
function doubleOf(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeDoubleBE(value);
  return buffer;
}
