import type { Json } from '../core/json.ts';
import type { Cells } from './cells.ts';
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

/** What an operator's cells are found by (`Cells`). */
export const cellsOf = (pipeline: string, operator: string): string => `${pipeline}\0${operator}`;

/** Whether a deadline is pending. Of the cells themselves: `nextDueAt` may lie behind them, and does otherwise after a restart. */
export function awaits(cells: Pick<Cells, 'values'>): boolean {
  for (const { dueAt } of cells.values()) if (dueAt !== undefined) return true;
  return false;
}

/** Removes what would expire first, and gives it back. Never inputs that wait for their turn. */
export function dropOldest(cells: Cells): Cell | undefined {
  let oldest: Cell | undefined;
  for (const cell of cells.values()) {
    if (cell.operator === orderOperator) continue;
    if (!oldest || expiresBefore(cell, oldest)) oldest = cell;
  }
  if (oldest) cells.delete(cellsOf(oldest.pipeline, oldest.operator), oldest.key);
  return oldest;
}

/** By name where they expire at one moment: a restart puts cells in another order. */
const expiresBefore = (cell: Cell, other: Cell): boolean =>
  livesUntil(cell) === livesUntil(other) ? nameOf(cell) < nameOf(other) : livesUntil(cell) < livesUntil(other);

const nameOf = ({ pipeline, operator, key }: Cell): string => `${cellsOf(pipeline, operator)}\0${key}`;

/** One that waits for a deadline counts until then, even where it would have expired before. */
const livesUntil = ({ expiresAt, dueAt = expiresAt }: Cell): number => Math.max(expiresAt, dueAt);
