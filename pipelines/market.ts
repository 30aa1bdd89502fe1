import { filter, map, merge, share, type OperatorFunction } from 'rxjs';
import { durationMs } from '../src/core/duration.ts';
import type { StreamEvent } from '../src/core/event.ts';
import { textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type InsightDraft, type ScoreDraft, type State } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { slidingWindows } from '../src/pipeline/operators/sliding-windows.ts';
import { tunedBy } from '../src/pipeline/operators/tuned.ts';
import { burst, type BurstSeen } from '../src/scoring/burst.ts';
import { newsImpact, newsTopics } from '../src/scoring/news.ts';
import { marketTone } from '../src/scoring/sentiment.ts';
import { plainText, quoteOf } from '../src/scoring/text.ts';
import { settings, type Tuned } from './market/settings.ts';
import { newsToLookInto } from './market/tasks.ts';

/**
 * Market news: which of it matters, how good or bad it is for whom it is about, and when there is more of it than usual.
 * A burst is one of the entity's own news, a competitor's or the market's; what customers say of a competitor in calls is
 * remembered with the customers.
 */
export default definePipeline({
  name: 'market',
  version: 3,
  description: 'Scores market news by what it tells of and its tone; tells of bursts, whole and by topic',
  streams: ['market'],
  makes: ['news_impact', 'news_tone', 'news_burst'],
  settings,
  run(input, state) {
    const tuned = tunedBy(state, settings);
    const news = input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'market.news'),
      map(newsOf),
      share(),
    );
    const impacts = news.pipe(scored(state, newsImpact, { seen: (piece) => piece }), share());
    const tones = news.pipe(scored(state, marketTone, { name: 'news_tone', seen: (piece) => piece }));
    const bursts = news.pipe(
      heardSince(state),
      slidingWindows(state, 'news', { remember: (piece) => piece.kept, within: burstWithin, atMost: 40 }),
      each(({ input, items }) => byTopic(input, items)),
      scored(state, burst, { name: 'news_burst', seen: (piece) => piece, subject: ({ topic }) => topic }),
      filter(({ value }) => value > 0),
      share(),
    );
    return merge(
      impacts,
      tones,
      bursts,
      impacts.pipe(alerted(state, 'market-news', { judge: tuned(judgeImpact), repeatEvery: '12h' })),
      bursts.pipe(alerted(state, 'news-burst', { judge: tuned(judgeBurst), repeatEvery: '1d', expireAfter: '7d' })),
      impacts.pipe(each((impact) => chance(impact))),
      impacts.pipe(newsToLookInto(state)),
    );
  },
});

const burstWithin = '3d';

/** With each piece, when the first about the entity came: a topic that was never heard of is heard of for the first time. */
function heardSince(state: State): OperatorFunction<News, News & { readonly since: number }> {
  return state.keyed<News, number | null, News & { readonly since: number }>('since', {
    initial: null,
    ttl: '180d',
    on(before, piece) {
      const since = Math.min(before ?? piece.at, piece.at);
      return { state: since, emit: [{ ...piece, since }] };
    },
  });
}

interface News {
  readonly eventId: string;
  readonly at: number;
  readonly text: string;
  readonly competitor: string | undefined;
  readonly kept: Kept;
}

/** What is remembered of a piece of news while it is in the window. */
type Kept = {
  readonly eventId: string;
  readonly at: number;
  readonly headline: string;
  readonly topics: readonly string[];
};

function newsOf({ id: eventId, time, entity, data }: StreamEvent): News {
  const at = Date.parse(time);
  const title = textAt(data, 'title') ?? '';
  const text = plainText(`${title}. ${textAt(data, 'text') ?? textAt(data, 'summary') ?? ''}`);
  const named = entity.startsWith('competitor:') ? nameOf(entity) : undefined;
  const kept = { eventId, at, headline: quoteOf(plainText(title), 80), topics: newsTopics(text) };
  return { eventId, at, text, competitor: textAt(data, 'competitor') ?? named, kept };
}

type OfTopic = BurstSeen & { readonly topic: string | null };

/** All the news of the window, and those of each topic that the newest tells of. */
function byTopic({ eventId, at, since, kept }: News & { since: number }, all: readonly Kept[]): readonly OfTopic[] {
  const seen = { eventId, at, since, withinMs: durationMs(burstWithin) };
  const ofTopic = (topic: string) => all.filter(({ topics }) => topics.includes(topic));
  return [
    { ...seen, topic: null, told: all },
    ...kept.topics.map((topic) => ({ ...seen, topic, told: ofTopic(topic) })),
  ];
}

function judgeImpact({ newsFrom }: Tuned, impact: ScoreDraft, { entity }: { entity: string }) {
  if (impact.value < newsFrom) return undefined;
  const competitor = entity.startsWith('competitor:');
  const what = reasonsOf(impact).join(', ');
  return {
    raise: {
      kind: 'market_intelligence',
      severity: competitor ? 'warning' : 'info',
      title: competitor ? `News of ${nameOf(entity)}: ${what}` : `Market news: ${what}`,
      evidence: [evidenceOf(impact)],
      recommendedActions: competitor
        ? ['Brief sales before the next calls', 'Look which open deals name this competitor']
        : ['Read it, and say whom it concerns'],
      roles: ['product-marketing', 'sales'],
      sources: ['market'],
    },
  } as const;
}

function judgeBurst({ burstFrom }: Tuned, burst: ScoreDraft, { entity }: { entity: string }) {
  if (burst.value < burstFrom) return undefined;
  const competitor = entity.startsWith('competitor:');
  const about = burst.subject === null ? 'Much news' : `Much news of ${burst.subject}`;
  return {
    raise: {
      kind: 'market_intelligence',
      severity: competitor ? 'warning' : 'info',
      title: competitor ? `${nameOf(entity)}: ${about.toLowerCase()}` : about,
      evidence: [evidenceOf(burst)],
      recommendedActions: competitor
        ? ['Find out what is behind it', 'Tell sales what to answer when customers ask']
        : ['Read it, and say whom it concerns'],
      roles: ['product-marketing', 'sales'],
      sources: ['market'],
    },
  } as const;
}

/** A competitor in trouble is a chance with its customers. */
function chance(impact: ScoreDraft): readonly InsightDraft[] {
  const reasons = reasonsOf(impact);
  const competitor = impact.contributions.find(({ name }) => name === 'a competitor');
  if (!competitor || !reasons.includes('trouble')) return [];
  return [
    {
      output: 'insight',
      name: 'competitor-in-trouble',
      kind: 'opportunity',
      title: `${competitor.quote} is in trouble`,
      detail: evidenceOf(impact).text,
      expectedValue: null,
      currency: null,
      confidence: impact.confidence,
      eventIds: [competitor.eventId],
    },
  ];
}

function reasonsOf({ contributions }: ScoreDraft): readonly string[] {
  return contributions.map(({ name }) => name).filter((name) => name !== 'a competitor' && name !== 'limit');
}
