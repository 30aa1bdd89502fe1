import { createCues, cueContributions, type CueGroup } from './cues.ts';
import { limited } from './limit.ts';
import type { Scorer } from './scorer.ts';
import { textCharsMax } from './text.ts';
import { tokenise } from './tokens.ts';

export interface NewsSeen {
  readonly eventId: string;
  readonly text: string;
  /** Whom it is about, where it is a competitor. */
  readonly competitor: string | undefined;
}

/** How much a piece of news matters to the sales of the day: what it tells of, and whether it is a competitor's. */
export const newsImpact: Scorer<NewsSeen, null> = {
  name: 'news_impact',
  version: 1,
  range: '0 … 1; from 0.5 sales should know, from 0.8 today',
  initial: null,
  score({ eventId, text, competitor }) {
    const tokens = tokenise(text.slice(0, textCharsMax));
    const cues = cueContributions(cuesOf(text, tokens), eventId);
    if (cues.length === 0 && competitor === undefined) return { state: null, figure: undefined };
    const about =
      competitor === undefined ? [] : [{ name: 'a competitor', weight: 0.2, value: 1, eventId, quote: competitor }];
    const confidence = 1 - Math.exp(-(cues.length + about.length) / 2);
    return { state: null, figure: { ...limited([...about, ...cues], 0, 1, eventId), confidence } };
  },
};

/** What a piece of news tells of: `launch`, `pricing`, `deal`, … in this order. */
export const newsTopics = (text: string): readonly string[] =>
  cuesOf(text, tokenise(text.slice(0, textCharsMax))).map(({ name }) => name);

const groups: readonly CueGroup[] = [
  {
    name: 'launch',
    weight: 0.4,
    phrases: `launches, launched, launch, unveils, unveiled, introduces, introduced, releases, released, rolls out, debuts, announces new,
      now available, general availability, new product, new version`,
  },
  {
    name: 'pricing',
    weight: 0.4,
    phrases: `price cut, price cuts, cuts prices, cuts price, slashes prices, slashes, lower prices, lowers prices, free tier, free plan, new pricing,
      pricing, price increase, raises prices, raises price, price hike, discount, discounts, undercuts, undercut, half the price`,
  },
  {
    name: 'deal',
    weight: 0.35,
    phrases: `acquires, acquired, acquisition, to acquire, merger, merges, buys, takes over, takeover, partnership, partners with, goes public, ipo`,
  },
  {
    name: 'funding',
    weight: 0.3,
    phrases: 'raises, funding round, series a, series b, series c, series d, funding, valuation, investment',
  },
  {
    name: 'trouble',
    weight: 0.3,
    phrases: `outage, breach, data breach, leak, lawsuit, sued, layoffs, lays off, recall, investigation, fined, fine, resigns, steps down, bankruptcy,
      shuts down, shutting down, discontinues, end of life`,
  },
  {
    name: 'rules',
    weight: 0.3,
    phrases: 'regulation, regulator, regulators, new law, compliance, ban, bans, tariff, tariffs, antitrust, directive',
  },
  {
    name: 'won a customer',
    weight: 0.3,
    phrases: 'wins contract, selects, chosen by, signs, wins deal, switches to, win over',
  },
];
const cuesOf = createCues(groups);
