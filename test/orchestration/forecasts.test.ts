import fc from 'fast-check';
import { expect, test } from 'vitest';
import { broughtIn, cameAsExpected, expectedIn } from '../../src/orchestration/forecasts.ts';

const money = fc.integer({ min: 0, max: 1_000_000 });
const month = fc.record({ lower: money, width: money, paid: money });
const named = (index: number) => `2026-${String(index + 1).padStart(2, '0')}`;

test('what came lies in the range of a forecast or not, by all its months; of one that is not known nothing is said', () => {
  const months = fc.array(month, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(months, fc.nat(5), fc.constantFrom('EUR', 'USD'), (months, missing, currency) => {
      const expected = expectedIn({
        output: {
          months: months.map(({ lower, width }, index) => {
            return { month: named(index), currency: 'EUR', lower, upper: lower + width };
          }),
        },
      });
      const past = months.map(({ paid }, index) => ({ month: named(index), currency, paid }));
      const told = past.filter((_, index) => index !== missing);
      const came = expected && cameAsExpected(expected, broughtIn({ output: { 'past months': told } }));
      const paid = months.reduce((sum, { paid }) => sum + paid, 0);
      const lower = months.reduce((sum, { lower }) => sum + lower, 0);
      const upper = months.reduce((sum, { lower, width }) => sum + lower + width, 0);
      const isKnown = currency === 'EUR' && told.length === months.length;
      expect(came).toBe(isKnown ? paid >= lower && paid <= upper : undefined);
    }),
  );
});

test.each([{}, { months: [] }, { months: [{ expected: 1, lower: 0, upper: 2 }] }, { months: 'none' }])(
  'a report that does not say of which months expects nothing: %j',
  (output) => {
    expect(expectedIn({ output })).toBeUndefined();
  },
);

test('ranges in several currencies are no forecast', () => {
  const months = ['EUR', 'USD'].map((currency, index) => ({ month: named(index), currency, lower: 0, upper: 1 }));
  expect(expectedIn({ output: { months } })).toBeUndefined();
});
