import type { Contribution } from '../core/score.ts';
import { modifiers } from './lexicon.ts';
import { createPhrases } from './phrases.ts';
import { spanOf, type Token } from './tokens.ts';

/** A group of phrases that say the same; it counts once a text, however often they stand there. */
export interface CueGroup {
  readonly name: string;
  readonly weight: number;
  /** Separated by commas. */
  readonly phrases: string;
}

export interface Cue {
  readonly name: string;
  readonly weight: number;
  /** The phrase as it stands in the text. */
  readonly quote: string;
}

/** Finds which groups speak in a text, in the groups' order. A phrase right after a "no" or "not" does not count. */
export function createCues(groups: readonly CueGroup[]): (text: string, tokens: readonly Token[]) => readonly Cue[] {
  const find = createPhrases(
    groups.flatMap((group) => group.phrases.split(/,\s+/).map((phrase) => [phrase, group] as const)),
  );
  return (text, tokens) => {
    const quotes = new Map<CueGroup, string>();
    for (let at = 0; at < tokens.length; at++) {
      const hit = find(tokens, at);
      if (!hit || quotes.has(hit.value) || negated(tokens, at)) continue;
      quotes.set(hit.value, spanOf(text, tokens[at], tokens[at + hit.length - 1]));
    }
    return groups.flatMap((group) => {
      const quote = quotes.get(group);
      return quote === undefined ? [] : [{ name: group.name, weight: group.weight, quote }];
    });
  };
}

function negated(tokens: readonly Token[], at: number): boolean {
  const before = tokens[at - 1];
  if (!before || before.sentence !== tokens[at]?.sentence) return false;
  const modifier = modifiers.get(before.word);
  return modifier !== undefined && 'negation' in modifier;
}

export const cueContributions = (cues: readonly Cue[], eventId: string): readonly Contribution[] =>
  cues.map(({ name, weight, quote }) => ({ name, weight, value: 1, eventId, quote }));
