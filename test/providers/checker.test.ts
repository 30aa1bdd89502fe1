import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from '../../src/providers/checker.ts';

const texts = [
  'account:brightloom',
  'Brightloom pays late: 3 of 4 invoices were paid after 30 days, the last on 2026-11-20.',
  'Jane Doe asked for INV-1042 twice. Logins fell by 12.5% to 1,200 a week; $48,000 a year is at stake, -7% since Q3.',
  'Tom Miller at Acme Corp answered in 10–12 days, two calls at 10:30.',
];
const known = { texts, figures: [{ value: 0.25, negative: false, unit: '' }] };
const verdict = (prose: string) => {
  const checked = check(prose, known);
  return checked.kind === 'passed' ? 'passed' : checked.unknown.map(({ text }) => text);
};

describe('prose about the evidence passes', () => {
  test.each([
    'Brightloom paid 3 of 4 invoices late.',
    'Logins fell by 12.5 percent, to 1200 a week.',
    'Contact Jane Doe about INV-1042; $48,000 is at stake.',
    'The account fell 7% since Q3, and the effect is 0.25.',
    'Two calls were made at 10:30.',
    "Brightloom's last invoice was paid on 2026-11-20, and I would call.",
    'Acme Corp took 10–12 days.',
    ...texts,
  ])('%s', (prose) => {
    expect(verdict(prose)).toBe('passed');
  });
});

describe('prose is refused for', () => {
  test.each<[string, string, string]>([
    ['a number', 'Brightloom paid 5 of 4 invoices late.', '5'],
    ['a rounded number', 'Logins fell by 12%.', '12%'],
    ['a number without its unit', 'Logins fell by 12.5.', '12.5'],
    ['a number in another unit', 'It is 48,000 €.', '48,000 €'],
    ['a unit nobody knows', 'It is 3₿.', '3₿'],
    ['a minus that is not there', 'It is -30.', '-30'],
    ['a number in words', 'Brightloom paid seven invoices late.', 'seven'],
    ['a word that counts', 'Logins doubled.', 'doubled'],
    ['a word that makes another number of one', 'It fell by minus 30.', 'minus'],
    ['percent in two words', 'It fell by 30 per cent.', 'cent'],
    ['a date', 'It was paid on 2026-11-21.', '2026-11-21'],
    ['a part of a date', 'It was paid in 2026.', '2026'],
    ['a code', 'See INV-1043.', 'INV-1043'],
    ['a number made of two', 'Logins fell to 3,4 a week.', '3,4'],
    ['a number in thousands', 'It is $48k and 4k.', '4k'],
    ['digits of another script', 'Brightloom paid ٣ late.', '٣'],
    ['a fraction of one character', 'Brightloom paid ½ late.', '½'],
    ['a power', 'Brightloom paid 3² late.', '²'],
    ['a number with something hidden in it', 'Brightloom paid 3\u200b4 late.', 'U+200B'],
    ['a name', 'Ravenna is at risk.', 'Ravenna'],
    ['a name at the beginning of a sentence', 'Brightloom pays late. Initech does, too.', 'Initech'],
    ['a person made of two', 'Contact Jane Miller.', 'Jane Miller'],
    ['a person made of two, with a hyphen', 'Contact Jane-Miller.', 'Jane Miller'],
    ['a month', 'It was paid in November.', 'November'],
    ['an address', 'See www.example.com for more.', 'www.example.com'],
    ['letters that look like others', 'Вrightloom is at risk.', 'Вrightloom'],
    ['a name in a script without capitals', 'The customer 東京 is at risk.', '東京'],
    ['a capital within a word', 'The customer eBrightloom is at risk.', 'eBrightloom'],
  ])('%s', (_, prose, unknown) => {
    expect(verdict(prose)).toContain(unknown);
  });
});

describe('whatever is written', () => {
  const piece = fc.constantFrom(...texts.flatMap((text) => text.split(' ')));
  const plain = fc.constantFrom('calls', 'were', 'late', 'and', 'risk', 'of', 'the');
  const prose = fc
    .array(fc.oneof(plain, piece), { minLength: 1, maxLength: 12 })
    .map((words) => words.map((word) => word.replace(/[.,;:]$/, '')));
  const insertedIn = (words: readonly string[], at: number, word: string) =>
    words.toSpliced(at % (words.length + 1), 0, word).join(' , ');

  test('a number that is not in the evidence is refused, wherever and however it stands', () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 10 ** 9 }), fc.double({ min: 0, max: 1e6, noNaN: true }));
    const form = fc.constantFrom(
      (n: number) => String(n),
      (n: number) => n.toLocaleString('en-US', { maximumFractionDigits: 3 }),
      (n: number) => `${n.toFixed(2)}%`,
      (n: number) => `$${Math.round(n)}`,
      (n: number) => `-${Math.round(n)}`,
      (n: number) => `(${Math.round(n)})`,
      (n: number) => `${Math.round(n)}k`,
      (n: number) => `x${Math.round(n)}`,
    );
    const told = new Set([3, 4, 30, 12.5, 1200, 48_000, 7, 0.25, 12, 10, 48]);
    fc.assert(
      fc.property(prose, number, form, fc.nat(), (words, value, as, at) => {
        fc.pre(!told.has(value) && !told.has(Math.round(value)) && !told.has(Number(value.toFixed(2))));
        fc.pre(!told.has(Number(value.toFixed(3))));
        expect(check(insertedIn(words, at, as(value)), known).kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  test('a name that is not in the evidence is refused, wherever it stands', () => {
    const letters = fc.array(fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzäöéß'.split('')), {
      minLength: 2,
      maxLength: 12,
    });
    const name = letters.map((each) => `X${each.join('')}`);
    fc.assert(
      fc.property(prose, name, fc.nat(), (words, inserted, at) => {
        expect(check(insertedIn(words, at, inserted), known).kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  test('a text passes as its own evidence', () => {
    const text = fc.array(fc.oneof(piece, plain, fc.string({ maxLength: 8 }), fc.double({ noNaN: true }).map(String)));
    const odd = /[\p{C}\p{No}\p{Nl}]/u;
    fc.assert(
      fc.property(text, (words) => {
        const joined = words.join(' ');
        fc.pre(!odd.test(joined));
        expect(check(joined, { texts: [joined], figures: [] })).toEqual({ kind: 'passed' });
      }),
      { numRuns: 500 },
    );
  });

  test('it is judged, and never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(['passed', 'refused']).toContain(check(text, known).kind);
      }),
    );
  });
});
