import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMentions } from '../../src/scoring/mentions.ts';
import { newsImpact } from '../../src/scoring/news.ts';
import type { Figure } from '../../src/scoring/scorer.ts';
import { marketTone, publicTone, sentiment, supportTone } from '../../src/scoring/sentiment.ts';
import { urgency } from '../../src/scoring/urgency.ts';
import { textArbitrary } from './arbitraries.ts';

const eventId = 'e1';
const mentions = createMentions(['Rivalsoft', 'A+B (c)']);
const scorers: Readonly<Record<string, (text: string) => Figure | undefined>> = {
  sentiment: (text) => sentiment.score({ eventId, text }, null).figure,
  'sentiment of support': (text) => supportTone.score({ eventId, text }, null).figure,
  'sentiment of news': (text) => marketTone.score({ eventId, text }, null).figure,
  'sentiment of posts': (text) => publicTone.score({ eventId, text }, null).figure,
  urgency: (text) => urgency.score({ eventId, at: 1_772_000_000_000, text }, []).figure,
  competitor_mentions: (text) => mentions.score({ eventId, text, tracked: [] }, null).figure,
  news_impact: (text) => newsImpact.score({ eventId, text, competitor: undefined }, null).figure,
};

/** These say how much there was of what was not told one by one. */
const counting: ReadonlySet<string> = new Set(['further words', 'limit']);

test.each(Object.entries(scorers))('%s quotes a text as it stands there', (_, figureOf) => {
  const quotedIn = (text: string) => {
    const reasons = figureOf(text)?.contributions ?? [];
    for (const { name, quote } of reasons) {
      if (quote === null || counting.has(name)) continue;
      expect(quote).not.toBe('');
      expect(text.replace(half, '\ufffd')).toContain(quote.replace(/…$/, ''));
    }
    return reasons.length;
  };
  fc.assert(
    fc.property(textArbitrary, (text) => void quotedIn(text)),
    { numRuns: 300 },
  );
  for (const text of texts) expect(quotedIn(text)).toBeGreaterThan(0);
});

const half = /\p{Surrogate}/gu;

/** With commas, capitals and marks within what belongs together. */
const texts = [
  'It is NOT WORKING!! and,  by Friday,we lost, data again — not, at all, good. Switching to Rivalsoft! New  version launched: sales fell 13 % today.',
  'THE SITE IS DOWN, FOR ALL OF US!? asap. We are evaluating A+B (c), it launches “new product”; shares rose, by 4.2%, to 18.3 billion.',
];
