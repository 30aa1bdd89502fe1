import { cases, event } from '../src/pipeline/cases.ts';

function news(time: string, entity: string, title: string, text: string) {
  const competitor = entity.startsWith('competitor:') ? { competitor: 'Rivalsoft' } : {};
  const data = { title, text, url: 'https://news.example/1', ...competitor };
  return event({ type: 'market.news', stream: 'market', time, entity, data });
}

export default cases([
  {
    name: 'a launch with a price cut is told',
    given: [
      news(
        '2026-03-02T10:00:00Z',
        'competitor:rivalsoft',
        'Rivalsoft launches Flow Pro',
        'It cuts prices by half and adds a free tier.',
      ),
    ],
    expect: {
      scores: [{ name: 'news_impact', entity: 'competitor:rivalsoft', value: 1 }],
      alerts: [
        {
          rule: 'market-news',
          change: 'raised',
          severity: 'warning',
          kind: 'market_intelligence',
          fingerprint: 'competitor:rivalsoft',
        },
      ],
    },
  },
  {
    name: 'small news of a competitor is a low score',
    given: [
      news('2026-03-02T10:00:00Z', 'competitor:rivalsoft', 'Rivalsoft names a new head of sales', 'He joins in May.'),
    ],
    expect: { scores: [{ name: 'news_impact', value: { max: 0.3 } }], alerts: [] },
  },
  {
    name: 'news of nobody and nothing is not scored',
    given: [
      news('2026-03-02T10:00:00Z', 'market:general', 'Survey: teams use nine tools a day', 'Little has changed.'),
    ],
    expect: { scores: [], alerts: [] },
  },
  {
    name: 'a competitor in trouble is an opportunity',
    given: [news('2026-03-02T10:00:00Z', 'competitor:rivalsoft', 'Data breach at Rivalsoft', 'A lawsuit follows.')],
    expect: { insights: [{ kind: 'opportunity', title: 'Rivalsoft is in trouble' }] },
  },
]);
