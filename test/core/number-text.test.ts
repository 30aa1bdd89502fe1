import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textOf } from '../../src/core/number-text.ts';

it('a number is written as it always is, whatever its decimals and its size', () => {
  const decimals = fc.integer({ min: -2_000_000_000, max: 2_000_000_000 });
  const rounded = decimals.map((scaled) => scaled / 10_000);
  const few = fc.integer({ min: 0, max: 1_000_000 }).map((scaled) => scaled / 100);
  fc.assert(
    fc.property(fc.oneof(rounded, few, fc.double()), (value) => {
      expect(textOf(value)).toBe(String(value));
    }),
  );
});
