import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumOf } from '../../src/core/score.ts';
import { eventIdsOf, explain } from '../../src/explain/explanation.ts';
import { aScore } from '../support/store.ts';
import { score } from './arbitraries.ts';

const reason = (name: string, weight: number, value: number, eventId = 'e1') => ({
  name,
  weight,
  value,
  eventId,
  quote: null,
});

describe('the explanation of a score', () => {
  test('tells every reason once, those that weigh most first, each with what it adds and its event', () => {
    const contributions = [reason('small', 0.1, 1), reason('large', 2, -3, 'e2'), reason('gone', 1, 1, 'e9')];
    const event = (id: string) => ({ id, time: '2026-03-01T09:00:00.000Z', type: 't', origin: 'gong', subject: null });
    const events = new Map(['e1', 'e2'].map((id) => [id, event(id)]));
    const { contributions: told } = explain(aScore({ contributions, value: sumOf(contributions) }), events);
    expect(told).toMatchObject([
      { name: 'large', effect: -6, place: 2, event: event('e2') },
      { name: 'gone', effect: 1, place: 3, event: null },
      { name: 'small', effect: 0.1, place: 1, event: event('e1') },
    ]);
  });

  test('adds up to the value to the last digit, in the order of the places', () => {
    fc.assert(
      fc.property(score, (score) => {
        const { contributions, sum, exact, value } = explain(score, new Map());
        const inPlace = contributions.toSorted((a, b) => a.place - b.place);
        expect(inPlace.map(({ place }) => place)).toEqual(score.contributions.map((_, index) => index + 1));
        expect(inPlace.reduce((total, { effect }) => total + effect, 0)).toBe(value);
        expect([sum, exact]).toEqual([value, true]);
      }),
    );
  });

  test('says where it does not add up, be it by the last digit', () => {
    const contributions = [reason('a', 0.1, 1), reason('b', 0.2, 1)];
    expect(explain(aScore({ contributions, value: 0.3 }), new Map())).toMatchObject({
      sum: 0.30000000000000004,
      exact: false,
    });
  });

  test('asks for each event once', () => {
    const scores = [
      ['e1', 'e2', 'e1'],
      ['e2', 'e3'],
    ].map((ids) => aScore({ contributions: ids.map((id) => reason('r', 1, 1, id)) }));
    expect(eventIdsOf(...scores)).toEqual(['e1', 'e2', 'e3']);
  });
});
