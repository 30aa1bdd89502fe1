import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainText, quoteOf } from '../../src/scoring/text.ts';

describe('the words of an HTML body', () => {
  it('are what a person sees', () => {
    expect(
      plainText('<p>We were double charged &amp; nobody answers.</p><p>Cancel&nbsp;our <b>plan</b>.<br>Pat</p>'),
    ).toBe('We were double charged & nobody answers. Cancel our plan . Pat');
  });

  it('leave out scripts, styles, comments and attributes', () => {
    expect(
      plainText('<script>alert("down")</script><style>p{}</style><!-- urgent --><p title="outage">hello</p>'),
    ).toBe('hello');
  });

  it('keep what only looks like markup', () => {
    expect(plainText('a < b, 3 > 2 &unknown; &constructor; &#9731;')).toBe('a < b, 3 > 2 &unknown; &constructor; ☃');
  });

  it('survive a tag that never ends, and no text is longer than asked for', () => {
    expect(plainText('before <p unfinished')).toBe('before');
    fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (html) => plainText(html, 100).length <= 100));
  });

  it('cost no more for odd markup', () => {
    for (const odd of ['<', '<script>', '<!--', '&', '<a', '</'])
      expect(plainText(odd.repeat(100_000)).length).toBeLessThanOrEqual(2_000);
  });
});

it('a quote is short and says that it was cut', () => {
  expect(quoteOf('short')).toBe('short');
  expect(quoteOf('x'.repeat(500))).toHaveLength(160);
});

it('a quote never ends in half a character, nor holds one: no row of a table could', () => {
  const wellFormed = (text: string) => Buffer.from(text).toString() === text;
  expect(quoteOf('x🚨y', 3)).toBe('x…');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.nat({ max: 60_000 }),
      fc.integer({ min: 1, max: 20 }),
      (text, at, max) => {
        const odd = `${text.slice(0, at)}${String.fromCharCode(0xd800 + (at % 2_048))}${text.slice(at)}🚨`;
        expect(wellFormed(quoteOf(odd, max))).toBe(true);
        expect(quoteOf(odd, max).length).toBeLessThanOrEqual(max);
      },
    ),
  );
});
