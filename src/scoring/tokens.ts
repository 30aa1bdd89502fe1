/** A word, an emoticon or a mark of a text. `word` is lower-case with straight apostrophes. */
export interface Token {
  readonly kind: 'word' | 'emoticon' | 'mark';
  readonly text: string;
  readonly word: string;
  /** Where it begins in the text. */
  readonly at: number;
  /** Which sentence of the text; rules do not reach over its end. */
  readonly sentence: number;
}

// Addresses, names and what is left of markup (`&gt;`).
const address = String.raw`(?:https?:\/\/|www\.|@)\S+|&#?\w{2,7};`;
const emoticon = String.raw`([<>]?[:;=8xX]['^o-]?[)(\]\[dDpP\/\\|*@](?!\w)|D:|<3|[\u2600-\u27bf]|[\ud83c-\ud83e][\udc00-\udfff])`;
// Latin letters alone: no lexicon here speaks other scripts.
// The point in `13.1` or `2,400` ends no sentence.
const number = String.raw`\d+(?:[.,]\d+)+`;
const word = String.raw`(${number}|[A-Za-z0-9\u00c0-\u024f]+(?:['’][A-Za-z\u00c0-\u024f]+)*)`;
const mark = String.raw`([!?]+|[.;\n]+)`;
const pieces = new RegExp(`${address}|${emoticon}|${word}|${mark}`, 'g');

/** The last text and its tokens: scorers of one message read it one after the other. */
let last: { readonly text: string; readonly tokens: readonly Token[] } = { text: '', tokens: [] };

/** Words, emoticons and marks in order; addresses and `@names` are left out. One pass. */
export function tokenise(text: string): readonly Token[] {
  if (last.text !== text) last = { text, tokens: tokensOf(text) };
  return last.tokens;
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let sentence = 0;
  for (const match of text.matchAll(pieces)) {
    const [, emoticon, word, mark] = match;
    const at = match.index;
    if (word !== undefined) {
      tokens.push({ kind: 'word', text: word, word: lower(word), at, sentence });
    } else if (emoticon !== undefined) {
      tokens.push({ kind: 'emoticon', text: emoticon, word: emoticon, at, sentence });
    } else if (mark !== undefined) {
      tokens.push({ kind: 'mark', text: mark, word: mark, at, sentence });
      sentence += 1;
    }
  }
  return tokens;
}

/** What stands in a text from one of its tokens to another, verbatim. */
export function verbatim(text: string, from: Token | undefined, to: Token | undefined): string {
  return from && to ? text.slice(from.at, to.at + to.text.length) : '';
}

function lower(word: string): string {
  const lowered = word.toLowerCase();
  return lowered.includes('’') ? lowered.replaceAll('’', "'") : lowered;
}

/** True where the word is written in capitals and is long enough to mean it. */
export function isShouted(token: Token): boolean {
  return token.text.length > 1 && token.text !== token.word && token.text === token.text.toUpperCase();
}
