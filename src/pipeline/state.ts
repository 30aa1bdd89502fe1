import { defaultMaxEntities } from '../config/schema.ts';
import { fnv1a32 } from '../core/ids.ts';
import type { Json } from '../core/json.ts';
import { awaits, copyOf, dropOldest, type Cell } from './cell.ts';
import { Cells } from './cells.ts';
import { createFreezing } from './freezing.ts';
import { thawed, type FrozenEntity } from './frozen.ts';

/** All that is remembered of one (org, entity): its clock and its cells. */
export interface EntityState {
  readonly org: string;
  readonly entity: string;
  readonly bucket: number;
  /** Event time the entity has reached, ms: its greatest, or later where a timer moved it. */
  clock: number;
  /** Its greatest event time, and when that event came through the door: what a quiet entity's clock is told from. */
  lastTime: number;
  lastReceivedAt: number;
  /** EVENTS sequence of the last record that touched it: the order of eviction. */
  touched: number;
  readonly cells: Cells;
  /** No cell is due before this; ms. */
  nextDueAt: number;
}

export interface StateLimits {
  /** Entities remembered in a partition; beyond, the one not touched for longest is forgotten. */
  readonly maxEntities: number;
  /**
   * Cells of one entity; beyond, the one that would expire first is forgotten. Never inputs that wait for their turn, which a
   * pipeline has in one cell and bounds itself: they are accepted, and nothing else knows of them.
   */
  readonly maxCells: number;
  /** An entity not heard of for this long (by the events' receipt), and that waits for nothing, is forgotten. ms */
  readonly idleMs: number;
}

export const defaultLimits: StateLimits = { maxEntities: defaultMaxEntities, maxCells: 1_000, idleMs: 90 * 86_400_000 };

/** Key ranges a snapshot is written by. */
export const buckets = 32;

/** What was given up of a pipeline's memory for the sake of a bound: cells of an entity, or partial matches of a pattern. */
export interface Forgotten {
  readonly pipeline: string;
  readonly what: 'cells' | 'matches';
  readonly howMany: number;
}

export type StateStore = ReturnType<typeof createState>;

/**
 * The memory of one partition, bounded, a function of the records it was shown: eviction follows their order and
 * their times, never a clock. Snapshots are of what changed, and of one moment (`freezing.ts`).
 */
export function createState(limits: StateLimits = defaultLimits) {
  const entities = new Map<string, EntityState>();
  const inBucket = Array.from({ length: buckets }, () => new Map<string, EntityState>());
  const freezing = createFreezing(inBucket);
  let evicted = 0;
  /** The last of `entities`. */
  let newest: EntityState | undefined;
  /** Of each pipeline one of a kind at most. */
  const forgotten = new Map<string, Forgotten>();

  function forget(id: string, entity: EntityState): void {
    freezing.changes(entity);
    entities.delete(id);
    if (entity === newest) newest = undefined;
    inBucket[entity.bucket]?.delete(id);
    evicted += 1;
  }

  function forgot(pipeline: string, what: Forgotten['what'], howMany: number): void {
    const id = `${what} ${pipeline}`;
    forgotten.set(id, { pipeline, what, howMany: howMany + (forgotten.get(id)?.howMany ?? 0) });
  }

  const isIdle = ({ lastReceivedAt, cells }: EntityState, receivedAt: number): boolean =>
    lastReceivedAt < receivedAt - limits.idleMs && !awaits(cells);

  function evict(receivedAt: number): void {
    for (const [id, oldest] of entities) {
      const over = entities.size > limits.maxEntities;
      if (!over && !isIdle(oldest, receivedAt)) return;
      forget(id, oldest);
    }
  }

  return {
    get size() {
      return entities.size;
    },
    /** How many entities were forgotten for the limits' sake, since the start. */
    get evicted() {
      return evicted;
    },

    forgot,
    /** What was forgotten since the last take. */
    takeForgotten(): readonly Forgotten[] {
      if (forgotten.size === 0) return [];
      const taken = [...forgotten.values()];
      forgotten.clear();
      return taken;
    },

    /** The entity's memory, made where it is new, about to be changed by the record at `sequence`. */
    touch(org: string, entity: string, sequence: number, receivedAt: number): EntityState {
      // Events of one entity come together: it stands where it would be put.
      if (newest?.entity === entity && newest.org === org && !isIdle(newest, receivedAt)) {
        freezing.changes(newest);
        newest.touched = sequence;
        evict(receivedAt);
        return newest;
      }
      const id = `${org}\0${entity}`;
      const known = entities.get(id);
      // Who comes back after being forgotten begins anew, with what is at hand.
      if (known && isIdle(known, receivedAt)) forget(id, known);
      else if (known) {
        freezing.changes(known);
        known.touched = sequence;
        entities.delete(id);
        entities.set(id, known);
        newest = known;
        evict(receivedAt);
        return known;
      }
      const bucket = fnv1a32(id) % buckets;
      const made: EntityState = {
        org,
        entity,
        bucket,
        clock: -Infinity,
        lastTime: -Infinity,
        lastReceivedAt: receivedAt,
        touched: sequence,
        cells: new Cells(),
        nextDueAt: Infinity,
      };
      freezing.changes(made, true);
      entities.set(id, made);
      newest = made;
      inBucket[bucket]?.set(id, made);
      evict(receivedAt);
      return made;
    },

    /** Puts another state in a cell that is there, for as long and with the deadline given. Gives back what the cell was. */
    replace(
      entity: EntityState,
      cell: Cell,
      state: Json,
      expiresAt: number,
      wakeAt: number | undefined,
      dueAt: number | undefined,
    ): Cell {
      const before = copyOf(cell);
      cell.state = state;
      cell.expiresAt = expiresAt;
      cell.wakeAt = wakeAt;
      cell.dueAt = dueAt;
      if (dueAt !== undefined && dueAt < entity.nextDueAt) entity.nextDueAt = dueAt;
      return before;
    },

    /** At its place in `Cells`; undefined takes it away. Gives back the cell that was forgotten for it, if there are too many. */
    put(entity: EntityState, operator: string, key: string, cell: Cell | undefined): Cell | undefined {
      if (cell === undefined) {
        entity.cells.delete(operator, key);
        return undefined;
      }
      const tooMany = entity.cells.size >= limits.maxCells && !entity.cells.get(operator, key);
      const dropped = tooMany ? dropOldest(entity.cells) : undefined;
      if (dropped) forgot(dropped.pipeline, 'cells', 1);
      entity.cells.set(operator, key, cell);
      if (cell.dueAt !== undefined && cell.dueAt < entity.nextDueAt) entity.nextDueAt = cell.dueAt;
      return dropped;
    },

    /** The entity named, or all of an org by name, an order that no restart changes. A copy: they may be touched on the way. */
    of(org: string, entity?: string): readonly EntityState[] {
      if (entity === undefined) return [...entities.values()].filter((known) => known.org === org).toSorted(byName);
      const known = entities.get(`${org}\0${entity}`);
      return known ? [known] : [];
    },

    all: (): Iterable<EntityState> => entities.values(),

    /** Begins a snapshot of the buckets changed since the last one, or of all, as they are now. Take each when there is time. */
    beginSnapshot: freezing.begin,
    /** Takes back a snapshot that could not be written: its buckets count as changed again. */
    abandonSnapshot: freezing.abandon,

    restore(written: readonly FrozenEntity[]): void {
      newest = undefined;
      for (const { cells: own, ...rest } of written.toSorted((a, b) => a.touched - b.touched || byName(a, b))) {
        const cells = thawed(own);
        const id = `${rest.org}\0${rest.entity}`;
        const bucket = fnv1a32(id) % buckets;
        const entity: EntityState = {
          ...rest,
          bucket,
          cells: new Cells(cells),
          nextDueAt: Math.min(Infinity, ...cells.map((cell) => cell.dueAt ?? Infinity)),
        };
        entities.set(id, entity);
        inBucket[bucket]?.set(id, entity);
      }
    },
  };
}

/** The order in which one record touches many. */
const byName = (a: FrozenEntity | EntityState, b: FrozenEntity | EntityState): number =>
  a.entity === b.entity ? (a.org < b.org ? -1 : 1) : a.entity < b.entity ? -1 : 1;
