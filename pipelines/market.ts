import { filter, map, merge, share } from 'rxjs';
import type { StreamEvent } from '../src/core/event.ts';
import { textAt } from '../src/core/read.ts';
import { definePipeline, isEvent, type InsightDraft, type ScoreDraft } from '../src/pipeline/define.ts';
import { evidenceOf, nameOf } from '../src/pipeline/evidence.ts';
import { alerted } from '../src/pipeline/operators/alerted.ts';
import { each } from '../src/pipeline/operators/each.ts';
import { scored } from '../src/pipeline/operators/scored.ts';
import { newsImpact } from '../src/scoring/news.ts';
import { plainText } from '../src/scoring/text.ts';

/** Market news: which of it matters. */
export default definePipeline({
  name: 'market',
  version: 1,
  description: 'Scores market news by what it tells of: launches, prices, deals, trouble',
  streams: ['market'],
  makes: ['news_impact'],
  run(input, state) {
    const news = input.pipe(
      filter(isEvent),
      filter(({ type }) => type === 'market.news'),
      map(newsOf),
      share(),
    );
    const impacts = news.pipe(scored(state, newsImpact, { seen: (piece) => piece }), share());
    return merge(
      impacts,
      impacts.pipe(alerted(state, 'market-news', { judge: judgeImpact, repeatEvery: '12h' })),
      impacts.pipe(each((impact) => chance(impact))),
    );
  },
});

interface News {
  readonly eventId: string;
  readonly text: string;
  readonly competitor: string | undefined;
}

function newsOf({ id, entity, data }: StreamEvent): News {
  const body = textAt(data, 'text') ?? textAt(data, 'summary') ?? '';
  const named = entity.startsWith('competitor:') ? nameOf(entity) : undefined;
  return {
    eventId: id,
    text: plainText(`${textAt(data, 'title') ?? ''}. ${body}`),
    competitor: textAt(data, 'competitor') ?? named,
  };
}

function judgeImpact(impact: ScoreDraft, { entity }: { entity: string }) {
  if (impact.value < 0.5) return undefined;
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
