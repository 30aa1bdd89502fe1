import type { Contribution } from '../core/score.ts';
import { modifiers, valenceOf } from './lexicon.ts';
import type { Scorer } from './scorer.ts';
import { quoteOf, textCharsMax } from './text.ts';
import { isShouted, tokenise, type Token } from './tokens.ts';

/** A text somebody wrote or said, without markup; only the first 2,000 characters are read. */
export interface TextSeen {
  readonly eventId: string;
  readonly text: string;
}

/**
 * The tone of a text, by the rules of VADER (Hutto & Gilbert 2014) over our own lexicon: what strengthens, weakens and
 * turns round a word; capitals; exclamation; and what follows a "but" counts for more. Nothing to say without words.
 */
export const sentiment: Scorer<TextSeen, null> = {
  name: 'sentiment',
  version: 1,
  range: '−1 … 1, negative to positive; |value| under 0.05 is neutral',
  initial: null,
  score({ eventId, text }) {
    const tokens = tokenise(text.slice(0, textCharsMax));
    if (tokens.length === 0) return { state: null, figure: undefined };
    const hits = [...afterBut(tonedWords(tokens), tokens), ...emphasis(tokens)].filter((hit) => hit.valence !== 0);
    const toned = directed(hits);
    const sum = toned.reduce((total, hit) => total + hit.valence, 0);
    const weight = 1 / Math.sqrt(sum * sum + normalisation);
    return {
      state: null,
      figure: { value: sum * weight, confidence: confidenceOf(toned), contributions: told(toned, weight, eventId) },
    };
  },
};

/** How much tone makes a text wholly positive or negative: value = s / √(s² + 15). */
const normalisation = 15;
/** So many words are named as contributions; the rest are told as one. */
const wordsTold = 12;

interface Hit {
  readonly name: 'word' | 'emphasis';
  readonly valence: number;
  readonly quote: string;
  readonly at: number;
}

function tonedWords(tokens: readonly Token[]): Hit[] {
  const hits: Hit[] = [];
  const mixedCase = tokens.some((token) => token.kind === 'word' && !isShouted(token) && token.text.length > 1);
  for (let at = 0; at < tokens.length; at++) {
    const found = valenceOf(tokens, at);
    if (!found) continue;
    const covered = tokens.slice(at, at + found.length);
    const shouted = mixedCase && covered.every(isShouted) ? Math.sign(found.value) * 0.733 : 0;
    const { valence, from } = modified(tokens, at, found.value + shouted);
    const quote = tokens
      .slice(from, at + found.length)
      .map((token) => token.text)
      .join(' ');
    hits.push({ name: 'word', valence, quote, at });
    at += found.length - 1;
  }
  return hits;
}

/** Boosters and negations among the three words before, in the same sentence. `from` is the first that counted. */
function modified(tokens: readonly Token[], at: number, valence: number): { valence: number; from: number } {
  let strength = valence;
  let negated = false;
  let from = at;
  for (let distance = 1; distance <= 3; distance++) {
    const before = tokens[at - distance];
    if (!before || before.kind !== 'word' || before.sentence !== tokens[at]?.sentence) break;
    const modifier = modifiers.get(before.word);
    if (!modifier) continue;
    if ('boost' in modifier) strength += Math.sign(valence) * modifier.boost * (1.05 - distance * 0.05);
    else if (!excepted(tokens, at - distance)) negated = true;
    from = at - distance;
  }
  return { valence: negated ? strength * -0.74 : strength, from };
}

/** "never so good", "never this good" and "without doubt" say the opposite of a negation. */
function excepted(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]?.word;
  return (
    (tokens[at]?.word === 'never' && (next === 'so' || next === 'this')) ||
    (tokens[at]?.word === 'without' && next === 'doubt')
  );
}

/** In a sentence with a "but", what comes before counts half and what comes after one and a half times. */
function afterBut(hits: readonly Hit[], tokens: readonly Token[]): readonly Hit[] {
  const buts = new Map<number, number>();
  tokens.forEach((token, at) => {
    if (token.word === 'but' || token.word === 'however') buts.set(token.sentence, at);
  });
  if (buts.size === 0) return hits;
  return hits.map((hit) => {
    const but = buts.get(tokens[hit.at]?.sentence ?? -1);
    return but === undefined ? hit : { ...hit, valence: hit.valence * (hit.at < but ? 0.5 : 1.5) };
  });
}

/** Exclamation and question marks; their direction is not known yet. */
function emphasis(tokens: readonly Token[]): readonly Hit[] {
  const marks = tokens
    .filter((token) => token.kind === 'mark')
    .map((token) => token.text)
    .join('');
  const exclaimed = marks.split('!').length - 1;
  const asked = marks.split('?').length - 1;
  const valence = Math.min(exclaimed, 4) * 0.292 + (asked < 2 ? 0 : asked > 3 ? 0.96 : asked * 0.18);
  return valence === 0 ? [] : [{ name: 'emphasis', valence, quote: quoteOf(marks, 8), at: tokens.length }];
}

/** Emphasis goes the way the words go; without words it says nothing. */
function directed(hits: readonly Hit[]): readonly Hit[] {
  const tone = Math.sign(hits.reduce((sum, hit) => (hit.name === 'word' ? sum + hit.valence : sum), 0));
  return hits
    .map((hit) => (hit.name === 'emphasis' ? { ...hit, valence: hit.valence * tone } : hit))
    .filter((hit) => hit.valence !== 0);
}

/** 1 − e^(−words/2), less where the words disagree. */
function confidenceOf(hits: readonly Hit[]): number {
  const words = hits.filter((hit) => hit.name === 'word');
  const mass = words.reduce((sum, hit) => sum + Math.abs(hit.valence), 0);
  if (mass === 0) return 0;
  const agreement = Math.abs(words.reduce((sum, hit) => sum + hit.valence, 0)) / mass;
  return (1 - Math.exp(-words.length / 2)) * (0.5 + agreement / 2);
}

function told(hits: readonly Hit[], weight: number, eventId: string): readonly Contribution[] {
  const strongest = hits.toSorted((a, b) => Math.abs(b.valence) - Math.abs(a.valence) || a.at - b.at);
  const rest = strongest.slice(wordsTold);
  const named = strongest
    .slice(0, wordsTold)
    .map(({ name, valence, quote }) => ({ name, weight, value: valence, eventId, quote: quoteOf(quote, 80) }));
  if (rest.length === 0) return named;
  const value = rest.reduce((sum, hit) => sum + hit.valence, 0);
  return [...named, { name: 'further words', weight, value, eventId, quote: `${rest.length} more` }];
}
