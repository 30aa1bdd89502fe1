import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cellsOf, type Cell } from '../../src/pipeline/cell.ts';
import { Cells } from '../../src/pipeline/cells.ts';

const name = fc.constantFrom('a', 'b', '', '__proto__');
const place = fc.record({ pipeline: name, operator: name, key: name });
const change = fc.record({ place, state: fc.option(fc.integer()) });

const nameOf = ({ pipeline, operator, key }: Pick<Cell, 'pipeline' | 'operator' | 'key'>): string =>
  JSON.stringify([pipeline, operator, key]);

it('the cells of an entity are found where they were put, with a key or without, until they are taken away', () => {
  fc.assert(
    fc.property(fc.array(change), place, (changes, asked) => {
      const cells = new Cells();
      const expected = new Map<string, Cell>();
      for (const { place, state } of changes) {
        const { pipeline, operator, key } = place;
        if (state === null) {
          cells.delete(cellsOf(pipeline, operator), key);
          expected.delete(nameOf(place));
        } else {
          const cell = { ...place, state, expiresAt: 0 };
          cells.set(cellsOf(pipeline, operator), key, cell);
          expected.set(nameOf(place), cell);
        }
      }
      expect(cells.get(cellsOf(asked.pipeline, asked.operator), asked.key)).toBe(expected.get(nameOf(asked)));
      expect(cells.size).toBe(expected.size);
      expect(new Map([...cells.values()].map((cell) => [nameOf(cell), cell]))).toEqual(expected);
      expect(new Cells(cells.values()).size).toBe(expected.size);
    }),
  );
});
