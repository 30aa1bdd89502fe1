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
/** A piece of a text; what stands between two pieces is left out. */
export const pieces = new RegExp(`${address}|${emoticon}|${word}|${mark}`, 'y');

/** The last text and its tokens: scorers of one message read it one after the other. */
let last: { readonly text: string; readonly tokens: readonly Token[] } = { text: '', tokens: [] };

/** Words, emoticons and marks in order; addresses and `@names` are left out. One pass. */
export function tokenise(text: string): readonly Token[] {
  if (last.text !== text) last = { text, tokens: tokensOf(text) };
  return last.tokens;
}

/**
 * Plain words, most of a text, are read by their characters, which is faster; only where an address, an
 * emoticon, a number or a mark may begin does the pattern look. `test/scoring/tokens.test.ts` holds both to the same tokens.
 */
function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let sentence = 0;
  for (let at = 0; at < text.length;) {
    const kind = kindAt(text, at);
    if (kind === gap) {
      at += 1;
      continue;
    }
    if (kind === letter) {
      const end = endOfWord(text, at);
      const found = text.slice(at, end);
      tokens.push({ kind: 'word', text: found, word: lower(found), at, sentence });
      at = end;
      continue;
    }
    pieces.lastIndex = at;
    const match = pieces.exec(text);
    if (!match) {
      at += 1;
      continue;
    }
    at = pieces.lastIndex;
    const token = tokenOf(match, sentence);
    if (!token) continue;
    tokens.push(token);
    if (token.kind === 'mark') sentence += 1;
  }
  return tokens;
}

function tokenOf({ index: at, 1: emoticon, 2: word, 3: mark }: RegExpExecArray, sentence: number): Token | undefined {
  if (word !== undefined) return { kind: 'word', text: word, word: lower(word), at, sentence };
  if (emoticon !== undefined) return { kind: 'emoticon', text: emoticon, word: emoticon, at, sentence };
  return mark === undefined ? undefined : { kind: 'mark', text: mark, word: mark, at, sentence };
}

/** What may begin with a character: nothing, a word and nothing else, or whatever the pattern finds. */
const [gap, letter, anything] = [0, 1, 2];
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (/[0-9hwxXD<>:;=@&!?.\n]/.test(char)) return anything;
  return /[A-Za-z]/.test(char) ? letter : gap;
});

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  if (code >= 128) return anything;
  const kind = kinds[code] ?? anything;
  // Of these letters, `http`, `www`, `xD` and `D:` alone are no words.
  return kind === anything && isLetter(code) && isPlain(text.charCodeAt(at + 1)) ? letter : kind;
}

const isLetter = (code: number): boolean => (code > 64 && code < 91) || (code > 96 && code < 123);

/** Small letters that neither `tt`, `ww` nor the mouth of an emoticon begins with. */
const isPlain = (code: number): boolean =>
  code === 0x20 ||
  (code > 96 && code < 123 && code !== 0x74 && code !== 0x77 && code !== 0x6f && code !== 0x64 && code !== 0x70);

/** The end of a word that begins here: letters and digits; behind an apostrophe letters alone. */
function endOfWord(text: string, from: number): number {
  let apostrophe = false;
  let at = from + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isLetter(code) || isLatin(code)) continue;
    if (!apostrophe && code > 47 && code < 58) continue;
    if ((code !== 0x27 && code !== 0x2019) || !startsLetters(text, at + 1)) break;
    apostrophe = true;
  }
  return at;
}

const isLatin = (code: number): boolean => code >= 0xc0 && code <= 0x24f;
const startsLetters = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return isLetter(code) || isLatin(code);
};

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
