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
      tasks: [{ rule: 'market_intelligence', entity: 'competitor:rivalsoft' }],
    },
  },
  {
    name: 'all the news of one launch is looked into once, the next one a week later again',
    given: ['02', '03', '04', '09'].map((day) =>
      news(
        `2026-03-${day}T10:00:00Z`,
        'competitor:rivalsoft',
        'Rivalsoft launches Flow Pro',
        'It cuts prices by half.',
      ),
    ),
    expect: {
      tasks: [
        { rule: 'market_intelligence', entity: 'competitor:rivalsoft' },
        { rule: 'market_intelligence', entity: 'competitor:rivalsoft' },
      ],
    },
  },
  {
    name: 'small news of a competitor is a low score',
    given: [
      news('2026-03-02T10:00:00Z', 'competitor:rivalsoft', 'Rivalsoft names a new head of sales', 'He joins in May.'),
    ],
    expect: { scores: [{ name: 'news_impact', value: { max: 0.3 } }], alerts: [], tasks: [] },
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
  {
    name: 'six launches in a day are a burst where one came in a quarter',
    given: [
      news('2026-01-05T10:00:00Z', 'competitor:rivalsoft', 'Rivalsoft names a new head of sales', 'He joins in May.'),
      news('2026-03-13T10:00:00Z', 'competitor:rivalsoft', 'Rivalsoft launches Flow Mini', 'It is small.'),
      ...['Flow Pro', 'Flow Max', 'Flow Eye', 'Flow Ear', 'a marketplace', 'a shop'].map((what, index) =>
        news(`2026-04-01T1${index}:00:00Z`, 'competitor:rivalsoft', `${what}: Rivalsoft launches it`, 'More to come.'),
      ),
    ],
    expect: {
      scores: [
        { name: 'news_burst', subject: 'launch', value: { min: 0.6 } },
        { name: 'news_tone', entity: 'competitor:rivalsoft' },
      ],
      alerts: [
        { rule: 'market-news', change: 'raised' },
        { rule: 'market-news', change: 'expired' },
        { rule: 'market-news', change: 'raised' },
        { rule: 'news-burst', change: 'raised', severity: 'warning', kind: 'market_intelligence' },
      ],
    },
  },
  {
    name: 'as many a week as ever are no burst',
    given: Array.from({ length: 30 }, (_, index) =>
      news(
        new Date(Date.parse('2026-03-02T10:00:00Z') + index * 86_400_000).toISOString(),
        'competitor:rivalsoft',
        'Rivalsoft speaks at a conference',
        'As every day.',
      ),
    ),
    expect: { alerts: [] },
  },
  {
    name: 'profits that fall are bad news for whom they are of',
    given: [
      news(
        '2026-03-02T10:00:00Z',
        'competitor:rivalsoft',
        'Rivalsoft: operating profit fell to EUR 3 mn',
        'Sales fell.',
      ),
    ],
    expect: { scores: [{ name: 'news_tone', value: { max: -0.2 } }] },
  },
  {
    name: 'what is set: also small news of a competitor is told',
    settings: { newsFrom: 0.1 },
    given: [
      news('2026-03-02T10:00:00Z', 'competitor:rivalsoft', 'Rivalsoft names a new head of sales', 'He joins in May.'),
    ],
    expect: { alerts: [{ rule: 'market-news', change: 'raised', severity: 'warning' }] },
  },
]);
