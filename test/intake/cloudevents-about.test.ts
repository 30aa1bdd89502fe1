import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { checkEvents } from '../../src/intake/cloudevents.ts';
import { draftsIn, json, minimal, structured } from './envelopes.ts';

describe('an outcome', () => {
  const outcome = {
    ...minimal,
    type: 'weir.outcome.deal',
    entity: 'account:brightloom',
    data: { deal: 42, outcome: 'won' },
  };

  test('goes where its case was scored', () => {
    expect(draftsIn(structured, json(outcome))[0]).toMatchObject({ stream: 'hubspot', entity: 'account:brightloom' });
  });

  test('is refused where it does not say of whom, of what, or what came of it', () => {
    const { entity: _, ...ofNobody } = outcome;
    const pointersOf = (event: JsonObject) => {
      const checked = checkEvents([event]);
      return checked.kind === 'invalid' ? checked.faults.map(({ pointer }) => pointer) : [];
    };
    expect(pointersOf(outcome)).toEqual([]);
    expect(pointersOf(ofNobody)).toEqual(['/entity']);
    expect(pointersOf({ ...outcome, data: { deal: 42, outcome: 'maybe' } })).toEqual(['/data/outcome']);
    expect(pointersOf({ ...outcome, data: { outcome: 'won' } })).toEqual(['/data/deal']);
    expect(pointersOf({ ...minimal, type: 'weir.outcome.deal', entity: 'account:a' })).toEqual(['/data']);
  });
});

describe('whom and what it is about', () => {
  const draft = (change: JsonObject) => draftsIn(structured, json({ ...minimal, ...change }))[0];

  test('the extension entity, else the subject, else the source', () => {
    expect(draft({ entity: 'account:a', subject: 's' })?.entity).toBe('account:a');
    expect(draft({ subject: 's' })?.entity).toBe('s');
    expect(draft({})?.entity).toBe('/here');
  });

  test('a long subject makes a bounded entity of its own', () => {
    const long = 'x'.repeat(1_000);
    const [one, two] = [draft({ subject: `${long}1` })?.entity, draft({ subject: `${long}2` })?.entity];
    expect(one).toHaveLength(256);
    expect(one).not.toBe(two);
  });

  test('the extension stream, else the first word of the type, else custom', () => {
    expect(draft({ stream: 'finance' })?.stream).toBe('finance');
    expect(draft({ type: 'market.news', data: { title: 'News' } })?.stream).toBe('market');
    expect(draft({ type: 'metrics.sample', data: { value: 1 } })?.stream).toBe('metrics');
    expect(draft({ type: 'com.example.thing' })?.stream).toBe('custom');
    expect(draft({ type: 'thing' })?.stream).toBe('custom');
  });
});
