import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  gramValue,
  hashedDimensions,
  hashedGrams,
  pieceOfText,
  piecesMax,
  piecesOf,
} from '../../src/scoring/learning/hashed-features.ts';
import { textArbitrary } from './arbitraries.ts';

const textsOf = (text: string): readonly string[] => hashedGrams(text).map(({ from, to }) => text.slice(from, to));
const coordinatesOf = (text: string): ReadonlySet<number> =>
  new Set(hashedGrams(text).map(({ coordinate }) => coordinate));
const shared = (left: string, right: string): number =>
  [...coordinatesOf(left)].filter((coordinate) => coordinatesOf(right).has(coordinate)).length;

describe('the features of a text', () => {
  it('are its words and the pairs of neighbours, as they stand there', () => {
    expect(textsOf('App is down!')).toEqual(
      expect.arrayContaining(['App', 'App is', 'is', 'is down', 'down', 'down!', '!']),
    );
  });

  it('are each there once, whatever the text, and no more than five of each word', () => {
    fc.assert(
      fc.property(fc.oneof(textArbitrary, fc.string({ unit: 'binary', maxLength: 500 })), (text) => {
        const grams = hashedGrams(text);
        expect(new Set(grams.map(({ coordinate }) => coordinate)).size).toBe(grams.length);
        expect(grams.length).toBeLessThanOrEqual(5 * piecesMax + 1);
        expect(Math.max(0, ...grams.map(({ coordinate }) => coordinate))).toBeLessThan(hashedDimensions);
      }),
      { numRuns: 50 },
    );
  });

  it('do not tell capitals from small letters, but see when a word is shouted', () => {
    expect([...coordinatesOf('crash')].every((coordinate) => coordinatesOf('CRASH').has(coordinate))).toBe(true);
    expect(coordinatesOf('CRASH').size).toBe(coordinatesOf('crash').size + 1);
  });

  it('have something in common for words of one stem, and for words of any script', () => {
    expect(shared('crashed', 'crashing')).toBeGreaterThan(0);
    expect(shared('сервер упал', 'сервер работает')).toBeGreaterThan(0);
    expect(shared('crashed', 'invoice')).toBe(0);
  });

  it('weigh one together, however long the text', () => {
    for (const text of ['down', 'the whole site is down again and nobody answers']) {
      const grams = hashedGrams(text).length;
      expect(grams * gramValue(grams) ** 2).toBeCloseTo(1);
    }
  });
});

it('a text is read by its characters as the pattern reads it', () => {
  const parts = [
    'can',
    "'",
    "'t",
    '’',
    "don't",
    'é',
    'naïve',
    '_',
    '7',
    '!',
    '…',
    '😀',
    '\ud83d',
    ' ',
    '\n',
    '\u0000',
    'A1b',
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...parts), fc.string({ unit: 'binary' }))), (drawn) => {
      const text = drawn.join('');
      const matches = [...text.matchAll(new RegExp(pieceOfText, 'gu'))].slice(0, piecesMax);
      expect(piecesOf(text).map(({ at, quote }) => [at, quote])).toEqual(
        matches.map((match) => [match.index, match[0]]),
      );
    }),
    { numRuns: 1_000 },
  );
});
