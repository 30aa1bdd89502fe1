import type { Json } from '../core/json.ts';
import { orderOperator } from './steps/order.ts';

/**
 * What one operator remembers of one key of one entity. States are never changed in place, only replaced. A cell is, by the store
 * alone (`replace`): most steps meet one that is there, and each new one would live until the next.
 */
export interface Cell {
  readonly pipeline: string;
  readonly operator: string;
  readonly key: string;
  state: Json;
  /** Event time, ms: when the entity's clock is past this, the cell counts as forgotten (unless it waits for a deadline). */
  expiresAt: number;
  /** The deadline asked for, event time, ms; and when the entity's clock has it due (deadline + the pipeline's lateness). */
  wakeAt?: number | undefined;
  dueAt?: number | undefined;
}

/** Written out: a spread takes several times as long. */
export const copyOf = ({ pipeline, operator, key, state, expiresAt, wakeAt, dueAt }: Cell): Cell => ({
  pipeline,
  operator,
  key,
  state,
  expiresAt,
  wakeAt,
  dueAt,
});

/** Whether a cell still counts. One that waits for a deadline does until the deadline has passed. */
export const isLive = (cell: Cell, clock: number): boolean => cell.dueAt !== undefined || cell.expiresAt >= clock;

export const cellId = (pipeline: string, operator: string, key: string): string => cellsOf(pipeline, operator) + key;

/** What the ids of an operator's cells begin with. */
export const cellsOf = (pipeline: string, operator: string): string => `${pipeline}\0${operator}\0`;

/** Whether a deadline is pending. Of the cells themselves: `nextDueAt` may lie behind them, and does otherwise after a restart. */
export function awaits(cells: ReadonlyMap<string, Cell>): boolean {
  for (const { dueAt } of cells.values()) if (dueAt !== undefined) return true;
  return false;
}

/** Removes what would expire first, and gives it back. Never inputs that wait for their turn. */
export function dropOldest(cells: Map<string, Cell>): Cell | undefined {
  let oldest: readonly [string, Cell] | undefined;
  for (const entry of cells) {
    if (entry[1].operator === orderOperator) continue;
    if (!oldest || expiresBefore(entry, oldest)) oldest = entry;
  }
  if (oldest) cells.delete(oldest[0]);
  return oldest?.[1];
}

/** By id where they expire at one moment: a restart puts cells in another order. */
const expiresBefore = ([id, cell]: readonly [string, Cell], [otherId, other]: readonly [string, Cell]): boolean =>
  livesUntil(cell) === livesUntil(other) ? id < otherId : livesUntil(cell) < livesUntil(other);

/** One that waits for a deadline counts until then, even where it would have expired before. */
const livesUntil = ({ expiresAt, dueAt = expiresAt }: Cell): number => Math.max(expiresAt, dueAt);
