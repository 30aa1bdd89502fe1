import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pieces, tokenise } from '../../src/scoring/tokens.ts';
import { textArbitrary } from './arbitraries.ts';

/** What the pattern alone finds, written out: kind and text of each token. */
function byPattern(text: string): readonly string[] {
  return [...text.matchAll(new RegExp(pieces.source, 'g'))].flatMap(([, emoticon, word, mark]) => {
    if (emoticon !== undefined) return [`emoticon ${emoticon}`];
    if (word !== undefined) return [`word ${word}`];
    return mark === undefined ? [] : [`mark ${mark}`];
  });
}

/** What begins like one thing and turns out to be another. */
const odd = fc
  .array(
    fc.constantFrom(
      ...`8) xD x) D: <3 >:'( can't can’t a1'b2 don't' 3.14 2,400. 13.1mn www. http://x https @ &gt; &#39; !! ? . ; É × 💔 ☃ 中 A ' ’ :-) _ o p D -`.split(
        ' ',
      ),
      '\n',
      ' ',
      '\ud83d',
    ),
    { maxLength: 20 },
  )
  .map((list) => list.join(''));

describe('the tokens of a text', () => {
  it('are the pieces that the pattern finds, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(odd, textArbitrary), (text) => {
        expect(tokenise(text).map((token) => `${token.kind} ${token.text}`)).toEqual(byPattern(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('stand in their sentence, in lower case with straight apostrophes', () => {
    expect(tokenise('It’s 3.5 GOOD. No!').map(({ word, sentence }) => [word, sentence])).toEqual([
      ["it's", 0],
      ['3.5', 0],
      ['good', 0],
      ['.', 0],
      ['no', 1],
      ['!', 1],
    ]);
  });
});
