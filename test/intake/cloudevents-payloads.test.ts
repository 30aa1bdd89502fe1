import { describe, expect, test } from 'vitest';
import { payloadSchemas } from '../../schemas/payloads.ts';
import { checkEvents, mapStructured } from '../../src/intake/cloudevents.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { defaultIntakeLimits as limits } from '../../src/intake/limits.ts';
import { json, minimal } from './envelopes.ts';

const found = (event: JsonObject): readonly string[] => {
  const checked = checkEvents([event]);
  return checked.kind === 'valid' ? [] : checked.faults.map(({ pointer, message }) => `${pointer}: ${message}`);
};

/** By type: data as documented, and what is wrong with other data. */
const examples: Readonly<
  Record<string, { good: readonly JsonObject[]; bad: readonly (readonly [JsonObject, string])[] }>
> = {
  'metrics.sample': {
    good: [
      { name: 'cpu', value: 0.5, unit: '%', limit: 100, service: 'checkout' },
      { value: '41.5e3' },
      { name: 5, value: -1, unit: null, limit: null },
    ],
    bad: [
      [{ name: 'cpu', value: 'high' }, '/data/value: expected a number, got "high"'],
      [{ name: 'cpu', value: null }, '/data/value: expected a number, got null'],
      [{ name: 'cpu' }, '/data/value: is missing; expected a number'],
      [{ name: ['cpu'], value: 1 }, '/data/name: expected text, got a list of 1'],
      [{ value: 1, limit: 'much' }, '/data/limit: expected a number, got "much"'],
    ],
  },
  'market.news': {
    good: [
      { title: 'Northwind raises prices' },
      { text: 'They do.', competitor: 'northwind' },
      { summary: 'x', score: 1 },
    ],
    bad: [
      [{ headline: 'Northwind raises prices' }, '/data/title: expected words in title, text or summary'],
      [{ title: true }, '/data/title: expected text, got true'],
    ],
  },
  'finance.cost': {
    good: [
      { amount: 1200.5, currency: 'EUR', category: 'hosting', vendor: 'cloud' },
      { amount: -5, currency: 'usd' },
    ],
    bad: [
      [{ amount: '1.200,50', currency: 'EUR' }, '/data/amount: expected a number, got "1.200,50"'],
      [{ amount: 1 }, '/data/currency: is missing; expected text'],
      [{ amount: 1, currency: '€' }, '/data/currency: expected a currency of ISO 4217, such as EUR, got "€"'],
    ],
  },
  'runbook.published': {
    good: [
      { title: 'Disk nearly full', text: 'all new', rules: ['watch/limit-near'], steps: ['Look'] },
      { title: 'x', owner: 1 },
    ],
    bad: [
      [{ text: 'all new' }, '/data/title: is missing; expected text'],
      [{ title: 'x', rules: 'limit-near' }, '/data/rules: expected a list, got "limit-near"'],
    ],
  },
};

describe.each(Object.entries(examples))('%s', (type, { good, bad }) => {
  test.each(good)('is taken with %j', (data) => {
    expect(found({ ...minimal, type, data })).toEqual([]);
  });

  test.each(bad)('is refused with %j', (data, fault) => {
    expect(found({ ...minimal, type, data })).toEqual([fault]);
    // Nobody is answered over NATS: there it is a dead letter with the same words.
    expect(mapStructured(json({ ...minimal, type, data }), 'custom', limits)).toEqual({
      kind: 'dead',
      reason: 'unmappable',
      detail: fault,
    });
  });

  test('is refused without data', () => {
    expect(found({ ...minimal, type })).toEqual(['/data: is missing; expected an object']);
  });
});

test('every type whose data is read here is shown', () => {
  const outcomes = [...payloadSchemas.keys()].filter((type) => type.startsWith('weir.outcome.'));
  expect([...payloadSchemas.keys()]).toEqual([...Object.keys(examples), ...outcomes]);
});

test('a number alone is the value of a sample', () => {
  expect(found({ ...minimal, type: 'metrics.sample', data: 412 })).toEqual([]);
  expect(found({ ...minimal, type: 'metrics.sample', data: [412] })).toEqual([
    '/data/value: expected a number, got a list of 1',
  ]);
});

test('the data of any other type is the sender’s own', () => {
  expect(found({ ...minimal, type: 'metrics.other', data: { value: 'high' } })).toEqual([]);
  expect(found({ ...minimal, type: 'toString', data: 'high' })).toEqual([]);
});
