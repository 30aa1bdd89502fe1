import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { cleanJson, cleanText } from '../../src/mcp/clean.ts';
import { canonical } from '../../src/core/canonical.ts';
import { changesBetween, hashOf } from '../../src/mcp/client/definition.ts';
import { createLogPins, verdictOf } from '../../src/mcp/client/pins.ts';
import { checkOf } from '../../src/mcp/client/schema.ts';
import { nextWaitMs } from '../../src/mcp/client/supervise.ts';
import { createMemoryLog } from '../support/memory-log.ts';

const json = fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value)));
const definition = fc.dictionary(fc.string(), json, { maxKeys: 5 });

const reversed = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, each]) => [name, reversed(each)]),
  );
};

describe('the pin of a definition', () => {
  test('does not depend on the order in which a server writes it', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(hashOf({ value: reversed(value) })).toBe(hashOf({ value }));
        expect(JSON.parse(canonical(value))).toEqual(value);
      }),
    );
  });

  test('names a change exactly where there is one', () => {
    fc.assert(
      fc.property(definition, definition, (before, after) => {
        expect(changesBetween(before, before)).toEqual([]);
        expect(changesBetween(before, after).length === 0).toBe(hashOf(before) === hashOf(after));
        expect(changesBetween(before, after).length).toBeLessThanOrEqual(21);
      }),
    );
  });

  test('trusts what is the same, what is new, and what the configuration names; nothing else', () => {
    const [one, other] = [{ name: 'a' }, { name: 'b' }];
    expect(verdictOf(one, undefined, undefined)).toEqual({ kind: 'first' });
    expect(verdictOf(one, one, undefined)).toEqual({ kind: 'same' });
    expect(verdictOf(one, one, hashOf(one))).toEqual({ kind: 'same' });
    expect(verdictOf(one, other, hashOf(one))).toEqual({ kind: 'accepted' });
    expect(verdictOf(one, undefined, hashOf(one))).toEqual({ kind: 'accepted' });
    expect(verdictOf(one, other, undefined)).toEqual({ kind: 'changed', changes: ['/name: was "b", is "a"'] });
    expect(verdictOf(one, one, hashOf(other)).kind).toBe('changed');
  });
});

test('pins are the same for all daemons of a log, and each tool has its own', async () => {
  const { kv } = createMemoryLog({ now: () => 0 });
  const [ours, theirs] = [createLogPins(kv), createLogPins(kv)];
  expect(await ours.get('weather', 'now')).toBeUndefined();
  await ours.put('weather', 'now', { name: 'now', description: 'a' });
  await theirs.put('weather', 'now', { name: 'now', description: 'b' });
  expect(await ours.get('weather', 'now')).toEqual({ name: 'now', description: 'b' });
  expect(await ours.get('weather', 'later')).toBeUndefined();
  expect(await ours.get('weather2', 'now')).toBeUndefined();
});

describe('what comes from outside', () => {
  test('keeps all that can be read, and is clean afterwards', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text);
        expect(clean).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(cleanText(clean)).toBe(clean);
      }),
    );
    const readable = 'Zoë paid 3 € – “late”, 日本語, עברית 🙂\n\tend';
    expect(cleanText(readable)).toBe(readable);
  });

  test('cannot reach into what objects inherit', () => {
    const evil: Json = JSON.parse('{"__proto__": {"polluted": true}, "a\\u0000": "b\\u0007"}');
    const clean = cleanJson(evil);
    expect(JSON.stringify(clean)).toBe('{"__proto__":{"polluted":true},"a":"b"}');
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
  });
});

describe('a schema from outside', () => {
  const of = (name: string, schema: Record<string, Json>) =>
    checkOf({ type: 'object', properties: { [name]: schema } });

  test('is held to its structure', () => {
    const check = checkOf({
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'integer', minimum: 0 } } },
      required: ['a'],
      additionalProperties: false,
    });
    expect(check({ a: [1, 2] })).toBeUndefined();
    expect(check({ a: [1, -2] })).toContain('>= 0');
    expect(check({})).toContain('required');
    expect(check({ a: [], b: 1 })).toContain('additional');
  });

  test('cannot keep us busy: patterns, references and uniqueness are not followed', () => {
    const slow = 'a'.repeat(40) + '!';
    expect(of('a', { type: 'string', pattern: '^(a+)+$' })({ a: slow })).toBeUndefined();
    expect(of('a', { $ref: '#' })({ a: { a: 1 } })).toBeUndefined();
    expect(of('a', { uniqueItems: true })({ a: [1, 1] })).toBeUndefined();
  });

  test('and what rests on those is not judged either, so nothing that is right is refused', () => {
    const id = { type: 'string', pattern: '^x' };
    expect(of('a', { not: id })({ a: 'y' })).toBeUndefined();
    expect(of('a', { oneOf: [id, { type: 'string', pattern: '^y' }] })({ a: 'y' })).toBeUndefined();
    expect(of('a', { oneOf: [id, { type: 'number' }] })({ a: true })).toBeDefined();
    const byPattern = { type: 'object', patternProperties: { '^x': {} }, additionalProperties: false };
    expect(of('a', byPattern)({ a: { x1: 1 } })).toBeUndefined();
  });

  test('may call a property whatever it likes', () => {
    expect(of('pattern', { type: 'number' })({ pattern: 'x' })).toContain('number');
    expect(of('$ref', { type: 'number' })({ $ref: 1 })).toBeUndefined();
  });
});

test('a server that keeps ending is started again ever more seldom, and anew once it ran steadily', () => {
  const restart = { firstMs: 250, mostMs: 30_000, steadyMs: 60_000 };
  fc.assert(
    fc.property(fc.option(fc.integer({ min: 250, max: 30_000 }), { nil: undefined }), fc.nat(), (before, ranMs) => {
      const waitMs = nextWaitMs(restart, before, ranMs);
      expect(waitMs).toBeGreaterThanOrEqual(restart.firstMs);
      expect(waitMs).toBeLessThanOrEqual(restart.mostMs);
      if (before !== undefined && ranMs < restart.steadyMs) expect(waitMs).toBeGreaterThanOrEqual(before);
      if (ranMs >= restart.steadyMs) expect(waitMs).toBe(restart.firstMs);
    }),
  );
});
