import { groupBy } from '../core/group.ts';
import type { Contribution } from '../core/score.ts';
import { limited } from './limit.ts';
import type { Scorer } from './scorer.ts';
import { quoteOf, textCharsMax } from './text.ts';

/** Something said in which a competitor may be named. */
export interface MentionsSeen {
  readonly eventId: string;
  readonly text: string;
  /** What a call recorder's trackers of competitors heard: a name and how often. */
  readonly tracked: readonly { readonly name: string; readonly count: number }[];
}

/**
 * How much a customer speaks of competitors: names the trackers heard, names that are known, and ways to say that one
 * looks elsewhere ("switching to …", "a quote from …").
 */
export function createMentions(names: readonly string[] = []): Scorer<MentionsSeen, null> {
  const known = names.length === 0 ? undefined : new RegExp(String.raw`\b(?:${names.map(escaped).join('|')})\b`, 'gi');
  return {
    name: 'competitor_mentions',
    version: 1,
    range: '0 … 1; 0.3 for one mention, 0.6 for one together with looking elsewhere',
    initial: null,
    score({ eventId, text, tracked }) {
      const read = text.slice(0, textCharsMax);
      const parts = [
        ...fromTrackers(tracked, eventId),
        ...fromNames(known, read, tracked, eventId),
        ...elsewhere(read, eventId),
      ];
      if (parts.length === 0) return { state: null, figure: undefined };
      return { state: null, figure: { ...limited(parts, 0, 1, eventId), confidence: tracked.length > 0 ? 0.9 : 0.6 } };
    },
  };
}

/** So many trackers, names and turns of phrase are told at most. */
const toldMax = 8;

function fromTrackers(tracked: MentionsSeen['tracked'], eventId: string): readonly Contribution[] {
  return tracked.slice(0, toldMax).map(({ name, count }) => named(name, count, eventId));
}

function fromNames(
  known: RegExp | undefined,
  text: string,
  tracked: MentionsSeen['tracked'],
  eventId: string,
): readonly Contribution[] {
  if (!known) return [];
  const heard = new Set(tracked.map(({ name }) => name.toLowerCase()));
  const spellings = groupBy(
    Array.from(text.matchAll(known), ([name]) => name),
    (name) => name.toLowerCase(),
  );
  return [...spellings]
    .filter(([name]) => !heard.has(name))
    .slice(0, toldMax)
    .map(([name, [first = name, ...more]]) => named(first, 1 + more.length, eventId));
}

function named(name: string, count: number, eventId: string): Contribution {
  return {
    name: 'competitor named',
    weight: 0.2,
    value: 1 + Math.min(Math.log2(Math.max(count, 1)), 2) / 2,
    eventId,
    quote: quoteOf(name, 60),
  };
}

function elsewhere(text: string, eventId: string): readonly Contribution[] {
  const said = lookingElsewhere.exec(text)?.[0];
  return said === undefined
    ? []
    : [{ name: 'looking elsewhere', weight: 0.4, value: 1, eventId, quote: quoteOf(said, 80) }];
}

const lookingElsewhere = new RegExp(
  String.raw`\b(?:switch(?:ing)? (?:over )?to|mov(?:e|ing) (?:over )?to|migrat(?:e|ing) to|going with|went with|evaluating|trial(?:l?ing)|` +
    String.raw`comparing (?:you |us )?(?:to|with)|compared (?:to|with)|(?:a |competing )?(?:quote|proposal|offer|bid) from|competing (?:quote|offer|bid)|` +
    String.raw`look(?:ing)? (?:at|for) (?:an? )?alternatives?|looking elsewhere|instead of you|replace you|cheaper than you)(?: [A-Z][\w.]{1,30})?`,
  'i',
);

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
