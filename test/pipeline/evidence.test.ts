import { describe, expect, it } from 'vitest';
import { evidenceOf, nameOf, told } from '../../src/pipeline/evidence.ts';

const reason = (name: string, weight: number, value: number, quote: string | null = name, eventId = 'e1') => ({
  name,
  weight,
  value,
  eventId,
  quote,
});

describe('evidence', () => {
  it('tells the reasons that weighed most, in their own words, and every event behind', () => {
    const contributions = [
      reason('small', 0.1, 1),
      reason('large', 1, -0.6, 'is down', 'e2'),
      reason('none', 0, 1),
      reason('limit', 1, 0.2, null),
    ];
    expect(evidenceOf({ name: 'urgency', value: -0.3, contributions })).toEqual({
      text: 'urgency -0.30: large “is down”, small “small”',
      eventIds: ['e1', 'e2'],
      scores: [{ name: 'urgency', value: -0.3 }],
    });
  });

  it('is a sentence and its events where there is no score', () => {
    expect(told('Nothing since Monday', 'e1')).toEqual({ text: 'Nothing since Monday', eventIds: ['e1'], scores: [] });
  });

  it('names an entity without its kind', () => {
    expect([nameOf('account:brightloom'), nameOf('competitor:a:b'), nameOf('plain')]).toEqual([
      'brightloom',
      'a:b',
      'plain',
    ]);
  });
});
