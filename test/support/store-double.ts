import type { Clock } from '../../src/core/clock.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { Inserted, TableName } from '../../src/store/store.ts';

export interface Insertion {
  readonly table: TableName;
  readonly rows: readonly { readonly id: string; readonly [field: string]: unknown }[];
}

/** A store in memory: it counts what comes again once, refusing rows by their text, away when told so. */
export function createStoreDouble(clock: Clock) {
  const insertions: Insertion[] = [];
  let attempts = 0;
  let refuses: (row: string) => boolean = () => false;
  let awayUntil = 0;
  let before: (table: TableName) => Promise<void> = async () => undefined;
  const insert = async (table: TableName, rows: Uint8Array): Promise<Inserted> => {
    // Taken at once: the archive may go on to use the memory.
    const lines = Buffer.from(rows).toString().trimEnd().split('\n');
    attempts += 1;
    await before(table);
    if (clock.now() < awayUntil) throw new WeirError('store-unavailable', 'ClickHouse is away.');
    if (lines.some((line) => refuses(line))) return { kind: 'refused', detail: 'Cannot parse input' };
    insertions.push({ table, rows: lines.map((line) => JSON.parse(line)) });
    return { kind: 'stored' };
  };
  return {
    insert,
    insertions,
    attempts: () => attempts,
    idsOf: (table: TableName) => {
      const inserted = insertions.filter((each) => each.table === table);
      return [...new Set(inserted.flatMap(({ rows }) => rows.map(({ id }) => id)))];
    },
    refuse: (test: (row: string) => boolean) => {
      refuses = test;
    },
    awayUntil: (time: number) => {
      awayUntil = time;
    },
    /** Runs before each insert, and may hold it up or fail it. */
    onInsert: (hook: typeof before) => {
      before = hook;
    },
  };
}
