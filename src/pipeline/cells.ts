import { cellsOf, type Cell } from './cell.ts';

/**
 * The cells of one entity, each found by its operator (`cellsOf`) and its key. Most operators have one cell, without a key; those with
 * keys have a map of their own: to join operator and key into one text and hash that cost more than all else of a look-up.
 */
export class Cells {
  readonly #plain = new Map<string, Cell>();
  #keyed: Map<string, Map<string, Cell>> | undefined;
  #size = 0;

  constructor(cells: Iterable<Cell> = []) {
    for (const cell of cells) this.set(cellsOf(cell.pipeline, cell.operator), cell.key, cell);
  }

  get size(): number {
    return this.#size;
  }

  get(operator: string, key: string): Cell | undefined {
    return key === '' ? this.#plain.get(operator) : this.#keyed?.get(operator)?.get(key);
  }

  set(operator: string, key: string, cell: Cell): void {
    const own = key === '' ? this.#plain : this.#keysOf(operator);
    const id = key === '' ? operator : key;
    if (!own.has(id)) this.#size += 1;
    own.set(id, cell);
  }

  delete(operator: string, key: string): void {
    if (key === '') {
      if (this.#plain.delete(operator)) this.#size -= 1;
      return;
    }
    const own = this.#keyed?.get(operator);
    if (!own?.delete(key)) return;
    this.#size -= 1;
    if (own.size === 0) this.#keyed?.delete(operator);
  }

  /** In no order that a restart keeps. */
  *values(): Generator<Cell> {
    yield* this.#plain.values();
    for (const own of this.#keyed?.values() ?? []) yield* own.values();
  }

  #keysOf(operator: string): Map<string, Cell> {
    this.#keyed ??= new Map();
    const known = this.#keyed.get(operator);
    if (known) return known;
    const made = new Map<string, Cell>();
    this.#keyed.set(operator, made);
    return made;
  }
}
