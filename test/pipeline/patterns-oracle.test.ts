import fc from 'fast-check';
import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { event } from '../../src/pipeline/cases.ts';
import { matched } from '../../src/pipeline/operators/matched.ts';
import { at, figure, is, minuteMs, pipelineOf, scoresOf, start } from '../support/operators.ts';
import {
  keyOf,
  matchesOf,
  patternOf,
  withoutOverlap,
  type Name,
  type OracleEvent,
  type Spec,
} from './pattern-oracle.ts';

const name = fc.constantFrom<Name>('a', 'b', 'c');
const maybe = fc.option(name, { freq: 3 });
const pair = fc.tuple(name, name);
const part: fc.Arbitrary<Spec['parts'][number]> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ not: maybe, kind: fc.constant('one' as const), name }) },
  { weight: 1, arbitrary: fc.record({ not: maybe, kind: fc.constant('twice' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({
      not: maybe,
      kind: fc.constantFrom('any' as const, 'all' as const),
      names: pair.filter(([x, y]) => x !== y),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      not: maybe,
      kind: fc.constant('either' as const),
      // Single events alone would be a choice, which is `any`; here each way is gone on its own.
      ways: fc.tuple(fc.array(name, { minLength: 1, maxLength: 2 }), fc.tuple(name, name)),
    }),
  },
);

const spec: fc.Arbitrary<Spec> = fc
  .record({
    parts: fc.array(part, { minLength: 1, maxLength: 3 }),
    within: fc.integer({ min: 5, max: 25 }),
    not: maybe,
    inner: fc.option(
      fc.record({ from: fc.nat(2), length: fc.nat(2), within: fc.integer({ min: 3, max: 12 }), not: maybe }),
    ),
  })
  .map(({ parts, inner, ...rest }) => {
    const from = Math.min(inner?.from ?? 0, parts.length - 1);
    const to = Math.min(from + (inner?.length ?? 0), parts.length - 1);
    return {
      ...rest,
      parts: parts.map((part, index) => (index === 0 ? { ...part, not: null } : part)),
      inner: inner && { from, to, within: inner.within, not: inner.not },
    };
  });

/** In order of time; each comes up to ten minutes late. */
const arrivals = fc
  .array(fc.record({ name, minute: fc.integer({ min: 0, max: 30 }), delay: fc.integer({ min: 0, max: 10 }) }), {
    minLength: 2,
    maxLength: 9,
  })
  .map((list) => list.map((one, index) => ({ ...one, id: `e${index}` })));

describe('a pattern, on random streams that come out of order within the lateness,', () => {
  const until = 100;
  const namesOf = { a: is('a'), b: is('b'), c: is('c') };

  function run(spec: Spec, list: readonly (OracleEvent & { readonly arrival: number })[], overlapping: boolean) {
    const pipeline = pipelineOf(
      (input, state) =>
        input.pipe(
          matched(state, 'it', { pattern: patternOf(spec), events: namesOf, overlapping, atMost: 1_000 }),
          map(({ id, end, eventIds }) => figure('match', (end - start) / minuteMs, id, eventIds)),
        ),
      '10m',
    );
    const inArrival = list
      .toSorted((x, y) => x.arrival - y.arrival)
      .map(({ id, name, at: minute }) =>
        event({ id, type: `custom.${name}`, stream: 'custom', time: at(minute), entity: 'account:a' }),
      );
    return scoresOf(pipeline, inArrival, until + 10).map(({ value, contributions }) => ({
      ids: contributions.map(({ eventId }) => eventId),
      end: value,
    }));
  }

  const property = (check: (spec: Spec, list: readonly (OracleEvent & { readonly arrival: number })[]) => void): void =>
    fc.assert(
      fc.property(spec, arrivals, (spec, list) => {
        const inTime = list
          .map(({ id, name, minute, delay }) => ({ id, name, at: minute, arrival: minute + delay }))
          .toSorted((x, y) => x.at - y.at || (x.id < y.id ? -1 : 1));
        check(spec, inTime);
      }),
      { numRuns: 1_000 },
    );

  it('finds what trying every choice of events finds', () => {
    let matches = 0;
    property((spec, list) => {
      const got = run(spec, list, true).map(keyOf);
      expect(got.toSorted()).toEqual(matchesOf(spec, list, until).map(keyOf).toSorted());
      matches += got.length;
    });
    expect(matches).toBeGreaterThan(100);
  });

  it('without overlap: of those, the one that ends first, then the first that begins after it', () => {
    const brief = ({ ids: [first], end }: { readonly ids: readonly string[]; readonly end: number }): string =>
      `${first}→${end}`;
    property((spec, list) => {
      const expected = withoutOverlap(matchesOf(spec, list, until), list);
      expect(run(spec, list, false).map(brief)).toEqual(expected.map(brief));
    });
  });
});
