import { figuresIn, numberWords, withoutFigures, type Figure } from './numbers.ts';
import { plainWords } from './plain-words.ts';

/** What is known: texts that prose may quote, and figures that stand in none of them. */
export interface Known {
  readonly texts: readonly string[];
  readonly figures: readonly Figure[];
}

export type Checked = { readonly kind: 'passed' } | { readonly kind: 'refused'; readonly unknown: readonly Unknown[] };

/** Something that prose says and the evidence does not. */
export interface Unknown {
  readonly kind: 'number' | 'name' | 'character';
  readonly text: string;
}

/**
 * Refuses prose with a number or a name that is not in the evidence. A number has to stand there with its unit and, where it has one, its
 * minus; a code or a date as it is written; names that follow one another, too. Everything with a capital is a name, but for a sentence's
 * plain first word, and so is a word in a script that has no capitals. It may refuse what is true, and lets pass what is
 * said of known names and numbers, whether or not it is so; and it cannot tell a name in small letters from a word.
 */
export function check(prose: string, known: Known): Checked {
  const text = prose.normalize('NFKC');
  const evidence = evidenceOf(known);
  const figures = figuresIn(text).filter(({ figure }) => !stated(figure, evidence));
  const unknown = [
    ...Array.from(prose.matchAll(hidden), (match): Unknown => ({ kind: 'character', text: codeOf(match[0]) })),
    ...Array.from(prose.matchAll(oddNumber), (match): Unknown => ({ kind: 'number', text: match[0] })),
    ...figures.map(({ said }): Unknown => ({ kind: 'number', text: said })),
    ...wordsOf(text).flatMap((word, index, words) => judged(word, words[index - 1], evidence)),
  ];
  return unknown.length === 0 ? { kind: 'passed' } : { kind: 'refused', unknown: unknown.slice(0, unknownMax) };
}

/** What is said of a refusal at most. */
const unknownMax = 20;

/** What nobody sees, and what could make of two numbers one. */
const hidden = /[\p{Cf}\p{Co}\p{Cn}]|(?![\n\t])\p{Cc}/gu;

/** Powers, fractions, circled and Roman numerals of one character: not read as they are meant. */
const oddNumber = /[\p{No}\p{Nl}]/gu;

interface EvidenceIndex {
  readonly figures: readonly Figure[];
  /** In small letters. */
  readonly words: ReadonlySet<string>;
  /** `jane doe`: words that follow one another. */
  readonly pairs: ReadonlySet<string>;
}

function evidenceOf({ texts, figures }: Known): EvidenceIndex {
  const normal = texts.map((text) => text.normalize('NFKC'));
  const words = normal.map((text) => wordsOf(text).map(({ low }) => low));
  return {
    figures: [...figures, ...normal.flatMap(figuresIn).map(({ figure }) => figure)],
    words: new Set(words.flat()),
    pairs: new Set(words.flatMap((all) => all.slice(1).map((word, index) => `${all[index]} ${word}`))),
  };
}

function stated({ value, unit, negative }: Figure, { figures }: EvidenceIndex): boolean {
  return figures.some((each) => each.value === value && each.unit === unit && (!negative || each.negative));
}

interface Word {
  readonly said: string;
  readonly low: string;
  /** It begins a sentence. */
  readonly begins: boolean;
  /** Nothing but a space lies between it and the word before. */
  readonly follows: boolean;
}

/**
 * The words of a text, its figures left out: runs without a space, with what clings to them cut off. A code, an address or a date is one word; a
 * hyphen between letters parts two.
 */
function wordsOf(text: string): readonly Word[] {
  const rest = withoutFigures(text);
  let end = 0;
  return Array.from(rest.matchAll(run)).flatMap((match, nth) => {
    const [whole] = match;
    const between = rest.slice(end, match.index);
    end = match.index + whole.length;
    const begins = nth === 0 || /[.!?:…\n]|["“(]$/u.test(between);
    const follows = nth > 0 && /^\s+$/u.test(between);
    const parts = /\p{N}/u.test(whole) ? [whole] : whole.split(/[-‐–−/]/u).filter((part) => part !== '');
    return parts.map((part, index): Word => {
      const said = part.replace(/['’]s$/iu, '');
      return { said, low: said.toLowerCase(), begins: begins && index === 0, follows: follows || index > 0 };
    });
  });
}

const run = /[\p{L}\p{N}\p{M}\p{S}](?:(?:[^\s"“”()[\]{}<>;,!?…—]|(?<=\p{N})[;,](?=\p{N}))*[\p{L}\p{N}\p{M}\p{S}])?/gu;

function judged(word: Word, before: Word | undefined, evidence: EvidenceIndex): readonly Unknown[] {
  const { said, low, begins, follows } = word;
  if (numberWords.has(low) || /\p{N}/u.test(low)) {
    const value = numberWords.get(low) ?? null;
    const stands =
      evidence.words.has(low) ||
      (value !== null && evidence.figures.some((each) => each.value === value && each.unit === ''));
    return stands ? [] : [{ kind: 'number', text: said }];
  }
  if (!isName(said) || low === 'i' || (begins && plainWords.has(low))) return [];
  if (!evidence.words.has(low)) return [{ kind: 'name', text: said }];
  const joined =
    follows && before !== undefined && isName(before.said) && !(before.begins && plainWords.has(before.low));
  return joined && !evidence.pairs.has(`${before.low} ${low}`)
    ? [{ kind: 'name', text: `${before.said} ${said}` }]
    : [];
}

/** A capital anywhere, a letter of a script without capitals, or something that is an address. */
function isName(said: string): boolean {
  return /\p{Lu}|\p{Lt}|\p{Lo}|[@_\\]|\w\.\w|:\/\//u.test(said);
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
