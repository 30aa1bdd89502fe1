import { isWeirError, messageOf } from '../../core/errors.ts';
import type { Store, TableName } from '../store.ts';
import type { ArchiveHappenings } from './happenings.ts';
import type { Batch } from './rewriter/rewriter.ts';
import { bytesOf, type Rows } from './rows.ts';

/** A row ClickHouse does not take. */
export interface RefusedRow {
  readonly table: TableName;
  readonly sequence: number;
  readonly row: Uint8Array;
  readonly detail: string;
}

export interface InsertDeps {
  readonly store: Pick<Store, 'insert'>;
  readonly happened: Pick<ArchiveHappenings, 'rowsInserted'>;
  /** Runs an attempt until it succeeds, and rejects only when there is no use in going on. */
  readonly persist: <T>(attempt: () => Promise<T>) => Promise<T>;
}

/** Inserts all rows of a batch but those ClickHouse refuses, and answers with these. */
export async function insertBatch(deps: InsertDeps, batch: Batch): Promise<readonly RefusedRow[]> {
  const refused: RefusedRow[] = [];
  for (const [table, rows] of batch.tables) {
    const count = rows.ends.length;
    if (count > 0) await insertRange(deps, { table, rows }, 0, count, refused);
  }
  return refused;
}

interface Insertion {
  readonly table: TableName;
  readonly rows: Rows;
}

/** Inserts a range; where a row in it is refused, its halves, down to that row: about 2 log₂ n inserts for one among n. */
async function insertRange(
  deps: InsertDeps,
  insertion: Insertion,
  from: number,
  to: number,
  refused: RefusedRow[],
): Promise<void> {
  const { table, rows } = insertion;
  const bytes = bytesOf(rows, from, to);
  const began = performance.now();
  const answer = await deps.persist(() => deps.store.insert(table, bytes));
  if (answer.kind === 'stored') {
    deps.happened.rowsInserted(table, to - from, bytes.byteLength, performance.now() - began);
    return;
  }
  if (to - from === 1) {
    const sequence = rows.sequences[from] ?? 0;
    refused.push({ table, sequence, row: Uint8Array.from(bytes), detail: answer.detail });
    return;
  }
  const middle = (from + to) >>> 1;
  await insertRange(deps, insertion, from, middle, refused);
  await insertRange(deps, insertion, middle, to, refused);
}

/** Whether trying again may help. */
export function isPassing(error: unknown): boolean {
  return isWeirError(error) && error.retriable && error.code !== 'internal';
}

export const reasonOf = (error: unknown): string => messageOf(error).slice(0, 300);
