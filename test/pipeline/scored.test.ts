import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumOf, type Contribution } from '../../src/core/score.ts';
import { isEvent } from '../../src/pipeline/define.ts';
import { each } from '../../src/pipeline/operators/each.ts';
import { scored } from '../../src/pipeline/operators/scored.ts';
import type { Figure, Scorer } from '../../src/scoring/scorer.ts';
import { came, pipelineOf, scoresOf } from '../support/operators.ts';

/** What a pipeline makes of an event when its scorer says this. */
function scoreOf(figure: Figure) {
  const scorer: Scorer<string, null> = {
    name: 'mood',
    version: 1,
    range: 'any',
    initial: null,
    score: () => ({ state: null, figure }),
  };
  const pipeline = pipelineOf((input, state) =>
    input.pipe(
      each((input) => (isEvent(input) ? [input.id] : [])),
      scored(state, scorer, { seen: (id) => id }),
    ),
  );
  const [score] = scoresOf(pipeline, [came(0, 'a')]);
  return score;
}

const reason = (weight: number, value: number): Contribution => ({
  name: 'a',
  weight,
  value,
  eventId: 'e',
  quote: null,
});
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const reasons = fc.array(
  fc.tuple(finite, finite).map(([weight, value]) => reason(weight, value)),
  { maxLength: 20 },
);

test('a score is the sum of its reasons to the last digit, though its scorer came to it another way', () => {
  fc.assert(
    fc.property(reasons, (contributions) => {
      // From the last to the first: another sum of the same.
      const value = sumOf(contributions.toReversed());
      expect(scoreOf({ value, confidence: 1, contributions })).toMatchObject({
        value: sumOf(contributions),
        contributions,
      });
    }),
  );
  const contributions = [reason(0.1, 1), reason(0.2, 1)];
  expect(scoreOf({ value: 0.3, confidence: 1, contributions })?.value).toBe(0.30000000000000004);
});

test.each([
  ['more than rounding lies between', 0.301, [reason(0.1, 1), reason(0.2, 1)]],
  ['there are none', 0.5, []],
  ['one is no number', 0.5, [reason(Number.NaN, 1)]],
  ['they are more than a number can be', Infinity, [reason(1e200, 1e200)]],
  ['the value is no number', Number.NaN, [reason(0.5, 1)]],
])('reasons that are not the reasons fail: %s', (_, value, contributions) => {
  expect(() => scoreOf({ value, confidence: 1, contributions })).toThrow(
    /the reasons of "mood" add up to .*, not to its value/,
  );
});
