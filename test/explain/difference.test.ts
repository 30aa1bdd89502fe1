import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumOf, type Contribution, type Score } from '../../src/core/score.ts';
import type { SetValues } from '../../src/core/settings.ts';
import { differenceOf, type Difference } from '../../src/explain/difference.ts';
import { aScore } from '../support/store.ts';
import { score } from './arbitraries.ts';

const reason = (name: string, effect: number, eventId: string, quote: string | null = null): Contribution => ({
  name,
  weight: 1,
  value: effect,
  eventId,
  quote,
});
const scoreOf = (...contributions: readonly Contribution[]) => aScore({ contributions, value: sumOf(contributions) });
const between = (from: readonly Contribution[], to: readonly Contribution[]) =>
  differenceOf(scoreOf(...from), scoreOf(...to), new Map());

/** As a reader adds them up. */
const added = ({ changes, rounding }: Difference): number =>
  [...changes.map(({ change }) => change), ...rounding].reduce((sum, change) => sum + change, 0);

describe('the difference of two scores', () => {
  test('is what was added, what went, what weighs differently and what was seen anew, each with its event', () => {
    const { difference, changes } = between(
      [reason('use', 24, 'e1'), reason('support', 16, 'e2'), reason('payment stopped', -20, 'e3')],
      [reason('use', 8, 'e4'), reason('support', 15, 'e2'), reason('sentiment', 4, 'e5')],
    );
    expect(difference).toBe(7);
    expect(changes).toMatchObject([
      { kind: 'gone', name: 'payment stopped', change: 20, eventId: 'e3', after: null },
      { kind: 'replaced', name: 'use', change: -16, eventId: 'e4', before: { eventId: 'e1', effect: 24 } },
      { kind: 'added', name: 'sentiment', change: 4, eventId: 'e5', before: null },
      { kind: 'changed', name: 'support', change: -1, eventId: 'e2' },
    ]);
  });

  test('leaves out what is the same, and tells words of one text apart by what was said', () => {
    const { changes } = between(
      [reason('word', 1, 'e1', 'good'), reason('word', 2, 'e1', 'great')],
      [reason('word', 2, 'e1', 'great'), reason('word', -1, 'e1', 'late')],
    );
    expect(changes).toMatchObject([
      { kind: 'changed', change: -2, before: { quote: 'good' }, after: { quote: 'late' } },
    ]);
  });

  describe('under other settings', () => {
    const under = (version: number, values: SetValues, ...contributions: readonly Contribution[]) => ({
      ...scoreOf(...contributions),
      settings: { version, segment: null, values },
    });
    const weighed = (weight: number, value: number, eventId = 'e1') => ({
      ...reason('tone', 0, eventId),
      weight,
      value,
    });

    test('tells what was set anew, and which reasons weigh differently for that and not for an event', () => {
      const from = under(1, { toneWeight: 2, actUnder: 60 }, weighed(2, 0.5), reason('stage', 1, 'e2'));
      const to = under(2, { toneWeight: 3, stageWeight: 4 }, weighed(3, 0.5), reason('stage', 1, 'e3'));
      const { difference, settings, changes } = differenceOf(from, to, new Map());
      expect(difference).toBe(0.5);
      expect(settings).toEqual([
        { name: 'actUnder', from: 60, to: null },
        { name: 'stageWeight', from: null, to: 4 },
        { name: 'toneWeight', from: 2, to: 3 },
      ]);
      expect(changes).toMatchObject([{ kind: 'reweighed', name: 'tone', change: 0.5, eventId: 'e1' }]);
    });

    test('blames events for what events did', () => {
      const from = under(1, { toneWeight: 2 }, weighed(2, 0.5));
      const kindTo = (to: Score) => differenceOf(from, to, new Map()).changes.map(({ kind }) => kind);
      expect(kindTo(under(2, { toneWeight: 3 }, weighed(3, 0.9)))).toEqual(['changed']);
      expect(kindTo(under(2, { toneWeight: 3 }, weighed(3, 0.5, 'e2')))).toEqual(['replaced']);
      expect(kindTo(under(2, { toneWeight: 2, actUnder: 5 }, weighed(3, 0.5)))).toEqual(['changed']);
      expect(kindTo(under(2, { toneWeight: 2 }, weighed(3, 0.5)))).toEqual(['changed']);
    });

    test('is of no settings where a new version sets nothing that they go by', () => {
      const [from, to] = [under(1, { toneWeight: 2 }, weighed(2, 1)), under(5, { toneWeight: 2 }, weighed(2, 1))];
      expect(differenceOf(from, to, new Map())).toMatchObject({ settings: [], changes: [] });
      expect(differenceOf(scoreOf(), scoreOf(), new Map()).settings).toEqual([]);
    });
  });

  test('takes words of another text for no words of this one', () => {
    const words = (eventId: string) => ['good', 'great'].map((quote) => reason('word', 1, eventId, quote));
    expect(between(words('e1'), words('e2')).changes.map(({ kind, eventId }) => `${kind} ${eventId}`)).toEqual([
      'added e2',
      'added e2',
      'gone e1',
      'gone e1',
    ]);
  });

  test('is added up by its changes to the last digit, and names the event behind each', () => {
    fc.assert(
      fc.property(score, score, (from, to) => {
        const found = differenceOf(from, to, new Map());
        expect(found.difference).toBe(to.value - from.value);
        expect(added(found)).toBe(found.difference);
        const moved = [...from.contributions, ...to.contributions].reduce(
          (all, { weight, value }) => all + Math.abs(weight * value),
          0,
        );
        for (const rounding of found.rounding) expect(Math.abs(rounding)).toBeLessThanOrEqual(moved * 1e-13);
        expect(found.rounding.length).toBeLessThanOrEqual(2);
        for (const { change, eventId, before, after } of found.changes) {
          expect((after ?? before)?.eventId).toBe(eventId);
          expect(change).toBe((after?.effect ?? 0) - (before?.effect ?? 0));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('uses every reason of either side once', () => {
    fc.assert(
      fc.property(score, score, (from, to) => {
        const { changes } = differenceOf(from, to, new Map());
        const places = (side: 'before' | 'after') =>
          changes.flatMap((change) => change[side]?.place ?? []).toSorted((a, b) => a - b);
        for (const [side, { contributions }] of [
          ['before', from],
          ['after', to],
        ] as const) {
          const used = places(side);
          expect(new Set(used).size).toBe(used.length);
          expect(used.every((place) => place <= contributions.length)).toBe(true);
        }
      }),
    );
  });

  test('of a score and itself is nothing', () => {
    fc.assert(
      fc.property(score, (score) => {
        expect(differenceOf(score, score, new Map())).toMatchObject({ difference: 0, changes: [], rounding: [] });
      }),
    );
  });

  test('is refused for scores of different things', () => {
    for (const other of [{ name: 'urgency' }, { entity: 'account:northpeak' }, { subject: 'deal' }]) {
      expect(() => differenceOf(aScore(), aScore(other), new Map())).toThrow(/not of one/);
    }
  });
});
