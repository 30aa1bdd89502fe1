import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { sumOf } from '../../src/core/score.ts';
import { healthWeights } from '../../src/scoring/health.ts';
import { type Ran, scorers } from './every-run.ts';

const asItIs = (state: Json): Json => state;

const writtenDown = (state: Json): Json => JSON.parse(JSON.stringify(state));

describe('every scorer', () => {
  for (const { name, min, max, stateBytesMax, runs } of scorers) {
    const forAll = (check: (run: (between: (state: Json) => Json) => Ran) => void): void =>
      fc.assert(fc.property(runs, check), { numRuns: 60 });

    it(`${name}: weight × value of its contributions add up to the value, each from an event`, () => {
      forAll((run) => {
        for (const { value, contributions } of run(asItIs).figures) {
          expect(Math.abs(sumOf(contributions) - value)).toBeLessThan(1e-9);
          expect(contributions).not.toEqual([]);
          for (const { eventId, quote } of contributions) {
            expect(eventId).toMatch(/^e\d$/);
            expect(quote?.length ?? 0).toBeLessThan(400);
          }
        }
      });
    });

    it(`${name}: the sum of its reasons and its confidence stay in range, and reasons are few`, () => {
      forAll((run) => {
        for (const { confidence, contributions } of run(asItIs).figures) {
          // The sum is what is told as the value, so nothing may be left over of rounding.
          const value = sumOf(contributions);
          expect(value).toBeGreaterThanOrEqual(min);
          expect(value).toBeLessThanOrEqual(max);
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
          expect(contributions.length).toBeLessThan(30);
        }
      });
    });

    it(`${name}: gives the same again, also when its state was written down after every step`, () => {
      forAll((run) => {
        const once = JSON.stringify(run(asItIs));
        expect(JSON.stringify(run(asItIs))).toBe(once);
        expect(JSON.stringify(run(writtenDown))).toBe(once);
      });
    });

    it(`${name}: its state stays small`, () => {
      forAll((run) => {
        expect(Buffer.byteLength(JSON.stringify(run(asItIs).state))).toBeLessThanOrEqual(stateBytesMax);
      });
    });
  }

  it('weighs the parts of health to a hundred', () => {
    expect(Object.values(healthWeights).reduce((sum, weight) => sum + weight, 0)).toBe(100);
  });
});
