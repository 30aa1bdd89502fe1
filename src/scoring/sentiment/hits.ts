import { modifiers, type Lexicon } from '../lexicon.ts';
import { isShouted, type Token } from '../tokens.ts';
import type { Valence } from './valence.ts';

/** A word or phrase with a tone, after the rules. */
export interface Hit {
  /** A word or phrase of the lexicon; or two words in a row of which something was learned, `at` being the second. */
  readonly kind: 'entry' | 'pair';
  readonly valence: number;
  /** What the rules made of one point of `learned`: −0.74 behind a negation, a half before a "but". */
  readonly turn: number;
  /** Its first token, and the first and last token that the rules looked at. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The words of a text that carry tone, by the rules of VADER (Hutto & Gilbert 2014): boosters, negation, capitals and
 * what stands before and after a "but".
 */
export function hitsOf(tokens: readonly Token[], { find, pairs }: Lexicon): readonly Hit[] {
  const hits: Hit[] = [];
  const mixedCase = tokens.some((token) => token.kind === 'word' && !isShouted(token) && token.text.length > 1);
  const buts = butsOf(tokens);
  for (let at = 0; at < tokens.length; at++) {
    const pair = pairAt(tokens, at, pairs);
    if (pair !== undefined) hits.push({ kind: 'pair', valence: pair, turn: 1, at, from: at - 1, to: at });
    const found = find(tokens, at);
    if (!found) continue;
    const to = at + found.length - 1;
    const shouted = mixedCase && allShouted(tokens, at, to);
    const but = buts.get(tokens[at]?.sentence ?? -1);
    hits.push(ruled(tokens, found.value, at, to, shouted, but));
    at = to;
  }
  return hits;
}

/** What was learned of this word behind the one before it. Pairs hold their own negation: no rule is applied. */
function pairAt(tokens: readonly Token[], at: number, pairs: Lexicon['pairs']): number | undefined {
  const [before, token] = [tokens[at - 1], tokens[at]];
  if (!before || !token || before.sentence !== token.sentence) return undefined;
  return pairs.get(before.word)?.get(token.word);
}

/** ALL CAPS among other words, −0.74 for a negation, ½ before and 1½ after a "but": the constants of VADER. */
const shoutedBoost = 0.733;
const negationFactor = -0.74;
const beforeBut = 0.5;
const afterBut = 1.5;
/** So many words back a modifier reaches, in its sentence. */
const reach = 3;

function ruled(
  tokens: readonly Token[],
  { rated, learned }: Valence,
  at: number,
  to: number,
  shouted: boolean,
  but: number | undefined,
): Hit {
  const sign = Math.sign(rated);
  let strength = rated + (shouted ? sign * shoutedBoost : 0);
  let turn = but === undefined ? 1 : at < but ? beforeBut : afterBut;
  let from = at;
  let negated = leastBefore(tokens, at);
  for (let distance = 1; distance <= reach; distance++) {
    const before = tokens[at - distance];
    if (!before || before.kind !== 'word' || before.sentence !== tokens[at]?.sentence) break;
    const modifier = modifiers.get(before.word);
    if (!modifier) continue;
    if ('boost' in modifier) strength += sign * modifier.boost * (1.05 - distance * 0.05);
    else if (!excepted(tokens, at - distance)) negated = true;
    from = at - distance;
  }
  if (negated) turn *= negationFactor;
  return { kind: 'entry', valence: (strength + learned) * turn, turn, at, from, to };
}

/** "never so good", "never this good" and "without doubt" say the opposite of a negation. */
function excepted(tokens: readonly Token[], at: number): boolean {
  const word = tokens[at]?.word;
  const next = tokens[at + 1]?.word;
  return (word === 'never' && (next === 'so' || next === 'this')) || (word === 'without' && next === 'doubt');
}

/** "least helpful" negates; "at least" and "very least" do not. */
function leastBefore(tokens: readonly Token[], at: number): boolean {
  if (tokens[at - 1]?.word !== 'least') return false;
  const before = tokens[at - 2]?.word;
  return before !== 'at' && before !== 'very';
}

function allShouted(tokens: readonly Token[], at: number, to: number): boolean {
  for (let i = at; i <= to; i++) {
    const token = tokens[i];
    if (!token || !isShouted(token)) return false;
  }
  return true;
}

/** Where the last "but" of each sentence stands. */
function butsOf(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const buts = new Map<number, number>();
  tokens.forEach((token, at) => {
    if (token.word === 'but' || token.word === 'however') buts.set(token.sentence, at);
  });
  return buts;
}

/** What exclamation and question marks add to the strength of a text, whichever way it goes: up to 2.13. */
export function emphasisOf(tokens: readonly Token[]): number {
  let exclaimed = 0;
  let asked = 0;
  for (const { kind, text } of tokens) {
    if (kind !== 'mark') continue;
    for (const char of text) {
      if (char === '!') exclaimed += 1;
      else if (char === '?') asked += 1;
    }
  }
  return Math.min(exclaimed, 4) * 0.292 + (asked < 2 ? 0 : asked > 3 ? 0.96 : asked * 0.18);
}
