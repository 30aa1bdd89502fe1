import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rfc3339Of } from '../../src/core/time.ts';

test('a moment is written as `toISOString` writes it, whatever came before', () => {
  const moment = fc.oneof(
    fc.date({ noInvalidDate: true }).map((date) => date.getTime()),
    fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.getTime()),
    fc.integer({ min: -172_800_000, max: 172_800_000 }),
    fc.double({ min: -1e12, max: 4e12, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1, maxLength: 8 }), (moments) => {
      for (const ms of moments) expect(rfc3339Of(ms)).toBe(new Date(ms).toISOString());
    }),
    { numRuns: 2_000 },
  );
  for (const none of [Number.NaN, Infinity, -Infinity, 9e15, 8.64e15 + 1])
    expect(() => rfc3339Of(none)).toThrow(RangeError);
});
