import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { messageOf } from '../../src/core/errors.ts';
import { messageMax, misfitsMax, misfitsOf, pointed } from '../../src/core/misfits.ts';

const said = (schema: z.ZodType, value: unknown) => misfitsOf(schema, value).map(pointed);

describe('what does not fit is said in plain words: what was expected, and what is there', () => {
  const text = z.object({ a: z.string() });
  test.each<[string, z.ZodType, unknown, string]>([
    ['another type', text, { a: 5 }, '/a: expected text, got 5'],
    ['null', text, { a: null }, '/a: expected text, got null'],
    ['a list', text, { a: [1, 2] }, '/a: expected text, got a list of 2'],
    ['an object', text, { a: {} }, '/a: expected text, got an object'],
    ['nothing', text, {}, '/a: is missing; expected text'],
    ['nothing at all', text, undefined, 'expected an object, got nothing'],
    ['another thing altogether', text, 'x', 'expected an object, got "x"'],
    ['half a number', z.int(), 1.5, 'expected a whole number, got 1.5'],
    ['text as a number', z.object({ n: z.coerce.number() }), { n: 'ten' }, '/n: expected a number, got "ten"'],
    ['neither true nor false', z.boolean(), 'yes', 'expected true or false, got "yes"'],
    [
      'a word that is none of them',
      z.enum(['info', 'warning']),
      'warm',
      'expected one of "info", "warning", got "warm"',
    ],
    ['not the one word', z.literal('1.0'), '2.0', 'expected "1.0", got "2.0"'],
    ['too little', z.number().min(1), 0, 'expected a number of at least 1, got 0'],
    ['as little as that', z.number().positive(), 0, 'expected a number of more than 0, got 0'],
    ['too much', z.number().max(9), 10, 'expected a number of at most 9, got 10'],
    ['a text too short', z.string().min(1), '', 'expected at least 1 character, got an empty text'],
    ['a text too long', z.string().max(2), 'abc', 'expected at most 2 characters, got "abc"'],
    ['a list too long', z.array(z.int()).max(1), [1, 2], 'expected at most 1 item, got a list of 2'],
    ['not that many', z.array(z.int()).length(3), [1], 'expected exactly 3 items, got a list of 1'],
    ['no such multiple', z.number().multipleOf(5), 7, 'expected a multiple of 5, got 7'],
    ['no time', z.iso.datetime(), 'soon', 'expected a time such as 2026-03-01T12:00:00Z, got "soon"'],
    ['no address', z.url(), 'x', 'expected an address such as https://example.com, got "x"'],
    ['another beginning', z.string().startsWith('a:'), 'b', 'expected text that begins with "a:", got "b"'],
    ['another pattern', z.string().regex(/^[a-z]$/), '1', 'expected text that fits /^[a-z]$/, got "1"'],
    [
      'an unknown key',
      z.strictObject({ limit: z.int() }),
      { limit: 1, limits: 2 },
      '/limits: unknown key; did you mean "limit"?',
    ],
    [
      'a key like none',
      z.strictObject({ a: z.int(), b: z.int() }).partial(),
      { other: 2 },
      '/other: unknown key; there are a, b',
    ],
    ['a key of another form', z.record(z.string().max(1), z.int()), { abc: 2 }, '/abc: expected at most 1 character'],
    ['none of several', z.union([z.int(), z.literal('all')]), true, 'expected a number, or "all", got true'],
    ['the one that was meant', z.union([z.int(), text]), { a: 1 }, '/a: expected text, got 1'],
    [
      'no known kind of message',
      z.discriminatedUnion('type', [z.object({ type: z.literal('ping') }), z.object({ type: z.literal('ack') })]),
      { type: 'pong' },
      '/type: expected one of "ping", "ack", got "pong"',
    ],
    [
      'in words of the schema',
      z.string().refine(() => false, 'expected a duration'),
      'x',
      'expected a duration, got "x"',
    ],
    [
      'of a whole, in words of the schema',
      text.refine(() => false, 'a and b exclude each other.'),
      { a: '' },
      'a and b exclude each other',
    ],
  ])('%s', (_, schema, value, message) => {
    expect(said(schema, value)).toEqual([message]);
  });

  test('one thing about one place, and every place', () => {
    const schema = z.object({ a: z.string().min(3).startsWith('a'), b: z.int() });
    expect(misfitsOf(schema, { a: 'x' }).map(({ path }) => path)).toEqual([['a'], ['b']]);
    expect(misfitsOf(schema, { a: 'abc', b: 1 })).toEqual([]);
  });

  test('of an error that a schema has thrown, without what was there', () => {
    const thrown = (schema: z.ZodType, value: unknown) => messageOf(schema.safeParse(value).error);
    expect(thrown(text, { a: 5 })).toBe('/a: expected text');
    expect(thrown(z.object({ a: z.union([z.int(), z.literal('x')]), b: z.int() }), {})).toBe(
      '/a: expected a number, or "x" (and 1 more)',
    );
  });
});

describe('what nobody is to see is not shown', () => {
  test('by the name of the key', () => {
    for (const name of ['token', 'apiKey', 'client_secret', 'password', 'Authorization', 'key']) {
      const [misfit] = misfitsOf(z.object({ [name]: z.enum(['a', 'b']) }), { [name]: 'hunter2' });
      expect(misfit?.message).toBe('expected one of "a", "b"');
    }
    expect(said(z.object({ token: z.string() }), { token: 12_345 })).toEqual(['/token: expected text, got a number']);
  });

  test('by whoever knows the path', () => {
    const [misfit] = misfitsOf(z.object({ a: z.array(z.email()) }), { a: ['hunter2'] }, ([first]) => first === 'a');
    expect(misfit?.message).toBe('expected an e-mail address');
  });
});

/** Every kind of thing a schema can find, one below the other. */
const everyKind = z.strictObject({
  text: z.string().min(2).max(5).regex(/^a/).endsWith('z'),
  mail: z.email(),
  time: z.iso.datetime(),
  id: z.uuid(),
  number: z.number().min(1).max(5).multipleOf(0.5),
  whole: z.int(),
  big: z.bigint(),
  flag: z.boolean(),
  word: z.enum(['one', 'two']),
  one: z.literal(1),
  nothing: z.null(),
  never: z.never(),
  list: z.array(z.int()).min(1).max(2),
  pair: z.tuple([z.int(), z.string()]),
  map: z.record(z.string().regex(/^[a-c]$/), z.int()),
  exact: z.record(z.enum(['x', 'y']), z.int()),
  maps: z.map(z.int(), z.string()),
  set: z.set(z.int()).min(1),
  date: z.date(),
  none: z.nan(),
  alternatives: z.union([z.int(), z.string().min(3), z.strictObject({ a: z.union([z.int(), z.null()]) })]),
  exclusive: z.xor([z.number(), z.number().min(0)]),
  kinds: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('a'), n: z.int() }),
    z.object({ type: z.literal('b') }),
  ]),
  both: z.intersection(z.object({ a: z.int() }), z.object({ b: z.string() })),
  own: z.custom<string>((value) => value === 'own'),
  refined: z.string().refine((value) => value === 'refined'),
  template: z.templateLiteral(['a', z.number()]),
  base64: z.base64(),
  required: z.string().optional().nonoptional(),
});

const zodsWords =
  /invalid|received|too (?:big|small)|unrecogni[sz]ed|undefined|\bNaN\b|\[object|expected (?:string|number|object|array|int|boolean|record|map|set|tuple)\b|>=|<=/i;

/** Values without words of their own that look like those. */
const anything = fc.anything({
  key: fc.oneof(
    fc.constantFrom(...Object.keys(everyKind.shape), 'type', 'a', 'n', 'x'),
    fc.stringMatching(/^[a-z]{1,3}$/),
  ),
  values: [
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.stringMatching(/^[a-c]{0,9}$/),
    fc.constantFrom('a', 'b', 'one'),
  ],
  maxDepth: 3,
  withDate: true,
  withMap: true,
  withSet: true,
  withBigInt: true,
});

test('whatever is there, no words of the validator are said, and none at length', () => {
  const wrong = fc.oneof(
    anything,
    fc.record(Object.fromEntries(Object.keys(everyKind.shape).map((key) => [key, anything])), { requiredKeys: [] }),
  );
  fc.assert(
    fc.property(wrong, (value) => {
      const misfits = misfitsOf(everyKind, value);
      expect(misfits.length).toBeGreaterThan(0);
      expect(misfits.length).toBeLessThanOrEqual(misfitsMax);
      for (const { message } of misfits) {
        expect(message).not.toMatch(zodsWords);
        expect(message.length).toBeLessThanOrEqual(messageMax);
      }
      expect(messageOf(everyKind.safeParse(value).error)).not.toMatch(zodsWords);
    }),
    { numRuns: 300 },
  );
});

test('long values and many of them are cut short', () => {
  const [misfit] = misfitsOf(z.int(), 'x'.repeat(10_000));
  expect(misfit?.message).toMatch(/^expected a number, got "x{59}…"$/);
  expect(misfitsOf(z.array(z.int()), Array.from({ length: 1_000 }, String))).toHaveLength(misfitsMax);
  const words = Array.from({ length: 1_000 }, (_, index) => `word ${index}`);
  expect(misfitsOf(z.enum(words), 'x')[0]?.message.length).toBeLessThanOrEqual(messageMax);
});
