import { frozen, type FrozenEntity } from './frozen.ts';
import { isLive } from './cell.ts';
import type { EntityState } from './state.ts';

/** The entities of one moment, handed out while the store goes on. */
export interface BegunSnapshot {
  /** The buckets changed since the last one, or all that hold anything. */
  readonly buckets: readonly number[];
  /** The entities of a bucket as they were when it began, each made when it is asked for. */
  take(bucket: number): Iterable<FrozenEntity>;
}

/**
 * Copy on write: while a snapshot is under way an entity is frozen the moment before it changes, and the others when it is their turn.
 * So the snapshot is of one moment, and no record waits for more than one entity.
 */
export function createFreezing(inBucket: readonly ReadonlyMap<string, EntityState>[]) {
  const dirty = new Set<number>();
  /**
   * The buckets not written yet, and of each what its entities were that have changed since; undefined for those of which
   * nothing is to be written: they are written, or were not there.
   */
  let pending = new Map<number, Map<EntityState, FrozenEntity | undefined>>();

  function* take(bucket: number): Iterable<FrozenEntity> {
    const kept = pending.get(bucket) ?? new Map<EntityState, FrozenEntity | undefined>();
    for (const entity of inBucket[bucket]?.values() ?? []) {
      const then = kept.has(entity) ? kept.get(entity) : freeze(entity);
      kept.set(entity, undefined);
      if (then) yield then;
    }
    // Those that have been forgotten since.
    for (const then of kept.values()) if (then) yield then;
    pending.delete(bucket);
  }

  return {
    /** To be called before an entity changes or is forgotten, or with `isNew` where it comes. */
    changes(entity: EntityState, isNew = false): void {
      dirty.add(entity.bucket);
      const kept = pending.get(entity.bucket);
      if (kept && !kept.has(entity)) kept.set(entity, isNew ? undefined : freeze(entity));
    },

    begin({ all = false } = {}): BegunSnapshot {
      const wanted = all ? inBucket.flatMap(({ size }, bucket) => (size > 0 ? [bucket] : [])) : [...dirty];
      pending = new Map(wanted.map((bucket) => [bucket, new Map()]));
      dirty.clear();
      return { buckets: wanted, take };
    },

    /** Takes back a snapshot that could not be written: its buckets count as changed again. */
    abandon(unwritten: readonly number[]): void {
      pending = new Map();
      for (const bucket of unwritten) dirty.add(bucket);
    },
  };
}

function freeze({ bucket: _, nextDueAt: __, cells, ...entity }: EntityState): FrozenEntity {
  return { ...entity, cells: frozen([...cells.values()].filter((cell) => isLive(cell, entity.clock))) };
}
