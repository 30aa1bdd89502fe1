import fc from 'fast-check';
import type { Contribution, Score } from '../../src/core/score.ts';
import { sumOf } from '../../src/core/score.ts';
import { aScore } from '../support/store.ts';

/** Few names, events and quotes, so that scores share some of them. */
const contribution: fc.Arbitrary<Contribution> = fc.record({
  name: fc.constantFrom('use', 'support', 'word', 'limit'),
  weight: fc.oneof(fc.double({ min: -100, max: 100, noNaN: true }), fc.constantFrom(1, 0.1, 0.3)),
  value: fc.oneof(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.constantFrom(0, 1, 1e-300)),
  eventId: fc.constantFrom('e1', 'e2', 'e3'),
  quote: fc.constantFrom(null, 'late', 'is down'),
});

/** A score that adds up. */
export const score: fc.Arbitrary<Score> = fc
  .array(contribution, { maxLength: 12 })
  .map((contributions) => aScore({ contributions, value: sumOf(contributions) }));
