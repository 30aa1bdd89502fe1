import type { Json } from '../core/json.ts';
import type { Cell } from './cell.ts';
import type { EntityState } from './state.ts';

/** How an entity is written down. Entities are restored in the order of their last touch. */
export type FrozenEntity = Omit<EntityState, 'cells' | 'bucket' | 'nextDueAt'> & { readonly cells: FrozenCells };

/** Cells below the pipeline and the operator they are of, so that those names stand there once. */
export type FrozenCells = readonly (readonly [pipeline: string, operators: FrozenOperators])[];
type FrozenOperators = readonly (readonly [operator: string, cells: readonly FrozenCell[]])[];

/** `dueAt` is absent where it is `wakeAt`, and both where no deadline was asked for. */
type FrozenCell = readonly [key: string, state: Json, expiresAt: number, wakeAt?: number, dueAt?: number];

/** The cells of one entity as they are written down. */
export function frozen(cells: Iterable<Cell>): FrozenCells {
  const pipelines = new Map<string, Map<string, FrozenCell[]>>();
  for (const cell of cells) {
    const operators = within(pipelines, cell.pipeline, () => new Map<string, FrozenCell[]>());
    within(operators, cell.operator, () => []).push(frozenCell(cell));
  }
  return Array.from(pipelines, ([pipeline, operators]) => [pipeline, [...operators]]);
}

/** The cells of those pipelines alone. */
export const cellsOnlyOf = (cells: FrozenCells, wanted: (pipeline: string) => boolean): FrozenCells =>
  cells.filter(([pipeline]) => wanted(pipeline));

/** The cells as they are in memory. */
export const thawed = (cells: FrozenCells): readonly Cell[] =>
  cells.flatMap(([pipeline, operators]) =>
    operators.flatMap(([operator, own]) =>
      own.map(([key, state, expiresAt, wakeAt, dueAt = wakeAt]) => ({
        pipeline,
        operator,
        key,
        state,
        expiresAt,
        wakeAt,
        dueAt,
      })),
    ),
  );

function frozenCell({ key, state, expiresAt, wakeAt, dueAt }: Cell): FrozenCell {
  if (wakeAt === undefined || dueAt === undefined) return [key, state, expiresAt];
  return dueAt === wakeAt ? [key, state, expiresAt, wakeAt] : [key, state, expiresAt, wakeAt, dueAt];
}

function within<V>(map: Map<string, V>, name: string, made: () => V): V {
  const known = map.get(name);
  if (known !== undefined) return known;
  const value = made();
  map.set(name, value);
  return value;
}
