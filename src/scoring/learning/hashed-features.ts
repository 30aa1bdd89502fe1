/**
 * Grams have the coordinates 0 … 2¹⁸ − 1; those from here on are free for other features. The learner keeps but a part
 * of them, so more of them cost nothing, and with 2¹⁶ so many grams hash alike that the AUC falls by 0.004.
 */
export const hashedDimensions = 2 ** 18;

/** How many words and marks of a text are read, so that what waits for a label has a bound: five coordinates each. */
export const piecesMax = 100;

/** A piece of a text, and the coordinate it is hashed to. It stands there from `from` to before `to`: few are ever quoted. */
export interface HashedGram {
  readonly coordinate: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The words and marks of a text and the pairs of neighbours, each once, hashed by FNV-1a (the "hashing trick",
 * Weinberger et al. 2009): in lower case, and besides the first letters of a long word, for its endings, and a word
 * that is written in capitals. Of two that hash alike the first counts.
 */
export function hashedGrams(text: string): readonly HashedGram[] {
  if (last.text !== text) last = { text, grams: gramsOf(text) };
  return last.grams;
}

/** The last text and its grams: a message is scored and kept by the same. */
let last: { readonly text: string; readonly grams: readonly HashedGram[] } = { text: '', grams: [] };

function gramsOf(text: string): readonly HashedGram[] {
  const grams: HashedGram[] = [];
  const add = (hash: number, from: number, to: number): void => {
    const coordinate = hash % hashedDimensions;
    if (seen[coordinate] === 1) return;
    seen[coordinate] = 1;
    grams.push({ coordinate, from, to });
  };
  let before: Piece | undefined;
  for (const piece of piecesOf(text)) {
    const { quote, word, hash, at } = piece;
    const end = at + quote.length;
    add(fnv1a(word, before ? fnv1a(' ', before.hash) : beginning), before?.at ?? at, end);
    add(hash, at, end);
    for (const chars of stemChars) if (word.length > chars) add(fnv1a('*', fnv1a(word, offset, chars)), at, end);
    if (quote !== word && isShouted(quote)) add(fnv1a(word, capitals), at, end);
    before = piece;
  }
  if (before) add(fnv1a(' ', before.hash), before.at, before.at + before.quote.length);
  for (const { coordinate } of grams) seen[coordinate] = 0;
  return grams;
}

/** Which coordinates the text at hand has had. Nothing stays in it. */
const seen = new Uint8Array(hashedDimensions);

/** How large each feature of a text with so many grams is: a long one weighs no more than a short one. */
export const gramValue = (grams: number): number => 1 / Math.sqrt(grams);

interface Piece {
  /** As it stands in the text. */
  readonly quote: string;
  /** Where it begins there. */
  readonly at: number;
  readonly word: string;
  readonly hash: number;
}

/** Words and marks, `piecesMax` at most. Read by their characters where those are ASCII, which is faster, else by the pattern. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length && pieces.length < piecesMax;) {
    const kind = kindAt(text, at);
    if (kind === gap) {
      at += 1;
      continue;
    }
    const end = kind === mark ? at + 1 : kind === wordly ? endOfWord(text, at) : undefined;
    const found = end === undefined ? matchFrom(text, at) : { at, quote: text.slice(at, end) };
    if (!found) break;
    const word = found.quote.slice(0, pieceCharsMax).toLowerCase();
    pieces.push({ quote: found.quote, at: found.at, word, hash: fnv1a(word) });
    at = found.at + found.quote.length;
  }
  return pieces;
}

/** What a character is: nothing, a mark, part of a word (a letter or not), or whatever the pattern finds. */
const [gap, mark, wordly, unknown] = [0, 1, 2, 3];
const kinds = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  return /\w/.test(char) ? wordly : /[\s\p{C}]/u.test(char) ? gap : mark;
});
const kindAt = (text: string, at: number): number => kinds[text.charCodeAt(at)] ?? unknown;

/** The end of a word that begins here; undefined where other characters than ASCII have a say in it. */
function endOfWord(text: string, from: number): number | undefined {
  let at = from + 1;
  while (at < text.length && kindAt(text, at) === wordly) at += 1;
  while (text[at] === "'" && isLetter(text.charCodeAt(at + 1))) {
    at += 2;
    while (isLetter(text.charCodeAt(at))) at += 1;
  }
  const behind = text[at] === "'" ? at + 1 : at;
  return behind < text.length && kindAt(text, behind) === unknown ? undefined : at;
}

const isLetter = (code: number): boolean => (code > 64 && code < 91) || (code > 96 && code < 123);

function matchFrom(text: string, at: number): Pick<Piece, 'at' | 'quote'> | undefined {
  pieceOfText.lastIndex = at;
  const match = pieceOfText.exec(text);
  return match ? { at: match.index, quote: match[0] } : undefined;
}

const isShouted = (word: string): boolean =>
  word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase();

/** Words of any script with their apostrophes, or one mark. */
export const pieceOfText = /[\p{L}\p{N}_]+(?:['’]\p{L}+)*|[^\s\p{L}\p{N}\p{C}_]/gu;
const pieceCharsMax = 40;
/** Four and five, which are nearly the same, rank worse. */
const stemChars = [4, 6];

/** Where FNV-1a begins. */
const offset = 0x811c9dc5;

/**
 * FNV-1a, 32 bits, over the first characters of a text, all by default; over UTF-16 units, going on from an earlier hash: a pair goes on from its first word. Over UTF-8
 * (`core/ids.ts`) every gram would be copied into bytes first.
 */
function fnv1a(text: string, from = offset, chars = text.length): number {
  let hash = from;
  for (let at = 0; at < chars; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Control characters begin what is no plain gram, for pieces hold none. */
const [beginning, capitals] = [fnv1a('\u0001'), fnv1a('\u0002')];
