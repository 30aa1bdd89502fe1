import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countOf,
  halfLifeMs,
  meanOf,
  outcomesCounted,
  posteriorAt,
  subjectsMax,
  taught,
  type Outcome,
  type Posteriors,
} from '../../src/orchestration/posteriors.ts';

const outcome = (over: Partial<Outcome> = {}): Outcome => ({
  subject: 'agent:a/churn',
  succeeded: true,
  latencyMs: 100,
  money: 0.5,
  at: 0,
  ...over,
});
const after = (...outcomes: readonly Outcome[]): Posteriors => outcomes.reduce(taught, {});

const outcomes = fc.array(
  fc.record({
    subject: fc.constantFrom('agent:a/churn', 'agent:b/churn', 'strategy:parallel/medium'),
    succeeded: fc.boolean(),
    latencyMs: fc.nat(10_000),
    money: fc.double({ min: 0, max: 10, noNaN: true }),
    at: fc.nat(100 * 24 * 3_600_000),
  }),
);

describe('what runs teach of who was chosen', () => {
  it('is how often it succeeded, how long it took and what it cost', () => {
    const posterior = posteriorAt(after(outcome(), outcome({ succeeded: false, latencyMs: 300 })), 'agent:a/churn', 0);
    expect(posterior.successes / countOf(posterior)).toBeCloseTo(0.5, 1);
    expect(meanOf(posterior.latencyMs, posterior, 200)).toBeCloseTo(200, -1);
    expect(meanOf(0, posteriorAt({}, 'agent:new/churn', 0), 7)).toBe(7);
  });

  it('is forgotten with time, by half each half-life', () => {
    const posteriors = after(outcome());
    expect(posteriorAt(posteriors, 'agent:a/churn', halfLifeMs)).toMatchObject({ successes: 0.5, latencyMs: 50 });
  });

  it('turns with the latest outcomes, however many there were before', () => {
    const long = Array.from({ length: 5_000 }, () => outcome());
    const ill = Array.from({ length: outcomesCounted }, () => outcome({ succeeded: false }));
    const posterior = posteriorAt(after(...long, ...ill), 'agent:a/churn', 0);
    expect(posterior.successes / countOf(posterior)).toBeLessThan(0.4);
  });

  it('is bounded and plain, the same on replay, and of one subject only by that subject', () => {
    fc.assert(
      fc.property(outcomes, (outcomes) => {
        const all = after(...outcomes);
        expect(after(...outcomes)).toEqual(all);
        expect(JSON.parse(JSON.stringify(all))).toEqual(all);
        for (const [subject, posterior] of Object.entries(all)) {
          expect(countOf(posterior)).toBeLessThanOrEqual(outcomesCounted);
          expect(posterior.successes).toBeGreaterThanOrEqual(0);
          expect(posterior.failures).toBeGreaterThanOrEqual(0);
          expect(after(...outcomes.filter((each) => each.subject === subject))).toEqual({ [subject]: posterior });
        }
      }),
    );
  });

  it('is of so many subjects at most; who was not heard of for longest is forgotten', () => {
    const many = Object.fromEntries(
      Array.from({ length: subjectsMax }, (_, index) => [
        `agent:${index}/churn`,
        { successes: 1, failures: 0, latencyMs: 1, money: 0, at: index + 1 },
      ]),
    );
    const all = taught(many, outcome({ at: subjectsMax + 1 }));
    expect(Object.keys(all)).toHaveLength(subjectsMax);
    expect(all['agent:0/churn']).toBeUndefined();
    expect(all['agent:a/churn']).toBeDefined();
  });
});
