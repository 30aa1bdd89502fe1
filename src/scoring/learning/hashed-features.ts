import type { SparseVector } from './sparse-vector.ts';

/**
 * Grams have the coordinates 0 … 2¹⁸ − 1; those from here on are free for other features. The learner keeps but a part
 * of them, so more of them cost nothing, and with 2¹⁶ so many grams hash alike that the AUC falls by 0.004.
 */
export const hashedDimensions = 2 ** 18;

/** How many words and marks of a text are read, so that what waits for a label has a bound: five coordinates each. */
export const piecesMax = 100;

/** A piece of a text, and the coordinate it is hashed to. */
export interface HashedGram {
  readonly coordinate: number;
  /** As it stands in the text. */
  readonly text: string;
}

/**
 * The words and marks of a text and the pairs of neighbours, each once, hashed by FNV-1a (the "hashing trick",
 * Weinberger et al. 2009): in lower case, and besides the first letters of a long word, for its endings, and a word
 * that is written in capitals. Of two that hash alike the first counts.
 */
export function hashedGrams(text: string): readonly HashedGram[] {
  const grams = new Map<number, string>();
  const add = (hash: number, quote: string): void => {
    const coordinate = hash % hashedDimensions;
    if (!grams.has(coordinate)) grams.set(coordinate, quote);
  };
  let before: Piece | undefined;
  for (const piece of piecesOf(text)) {
    const { quote, word, hash } = piece;
    if (before) add(fnv1a(word, fnv1a(' ', before.hash)), text.slice(before.at, piece.at + quote.length));
    else add(fnv1a(word, beginning), quote);
    add(hash, quote);
    for (const chars of stemChars) if (word.length > chars) add(fnv1a('*', fnv1a(word.slice(0, chars))), quote);
    if (isShouted(quote)) add(fnv1a(word, capitals), quote);
    before = piece;
  }
  if (before) add(fnv1a(' ', before.hash), before.quote);
  return Array.from(grams, ([coordinate, quote]) => ({ coordinate, text: quote }));
}

/** The features of a text from the coordinates of its grams: 1/√n each, so that a long one weighs no more than a short one. */
export function gramsVector(coordinates: readonly number[]): SparseVector {
  const value = 1 / Math.sqrt(coordinates.length);
  return { coordinates, values: coordinates.map(() => value) };
}

interface Piece {
  /** As it stands in the text. */
  readonly quote: string;
  /** Where it begins there. */
  readonly at: number;
  readonly word: string;
  readonly hash: number;
}

function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  for (const { 0: quote, index } of text.matchAll(pieceOfText)) {
    if (pieces.length === piecesMax) break;
    const word = quote.slice(0, pieceCharsMax).toLowerCase();
    pieces.push({ quote, at: index, word, hash: fnv1a(word) });
  }
  return pieces;
}

const isShouted = (word: string): boolean =>
  word.length > 1 && word === word.toUpperCase() && word !== word.toLowerCase();

/** Words of any script with their apostrophes, or one mark. */
const pieceOfText = /[\p{L}\p{N}_]+(?:['’]\p{L}+)*|[^\s\p{L}\p{N}\p{C}_]/gu;
const pieceCharsMax = 40;
const stemChars = [4, 5];

/**
 * FNV-1a, 32 bits, over UTF-16 units, going on from an earlier hash: a pair goes on from its first word. Over UTF-8
 * (`core/ids.ts`) every gram would be copied into bytes first.
 */
function fnv1a(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Control characters begin what is no plain gram, for pieces hold none. */
const [beginning, capitals] = [fnv1a('\u0001'), fnv1a('\u0002')];
