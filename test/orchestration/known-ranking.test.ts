import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { fused, termsOf } from '../../src/orchestration/similar.ts';

describe('several rankings in one', () => {
  const ranking = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));

  test('have each thing once; what leads in all of them leads; and one alone stays as it is', () => {
    fc.assert(
      fc.property(fc.array(ranking, { maxLength: 4 }), ranking, (rankings, one) => {
        const all = fused(rankings);
        expect(new Set(all)).toEqual(new Set(rankings.flat()));
        expect(all).toHaveLength(new Set(all).size);
        expect(fused([one])).toEqual(one);
        const led = rankings.map((each) => ['z', ...each]);
        if (led.length > 0) expect(fused(led)[0]).toBe('z');
      }),
    );
  });

  test('prefer what both have to what one has first', () => {
    expect(
      fused([
        ['a', 'b'],
        ['c', 'b'],
      ])[0],
    ).toBe('b');
  });

  test('go by words of three letters, each once', () => {
    expect(termsOf("Why do Zoë's payments' payments fail?\\' OR 1")).toEqual(['why', 'zoë', 'payments', 'fail']);
  });
});
