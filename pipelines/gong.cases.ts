import type { JsonObject } from '../src/core/json.ts';
import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';

function call(time: string, brief: string, more: { trackers?: JsonObject[]; deal?: string; about?: string } = {}) {
  const opportunity = { objectType: 'Opportunity', objectId: more.deal ?? '' };
  return event({
    type: 'gong.call',
    stream: 'gong',
    time,
    entity: more.about ?? entity,
    data: {
      callData: {
        metaData: { id: `call ${time}`, title: 'Check-in' },
        context: [{ system: 'HubSpot', objects: more.deal === undefined ? [] : [opportunity] }],
        content: { brief, trackers: more.trackers ?? [], keyPoints: [] },
      },
      isTest: false,
    },
  });
}

const tracker = (name: string, phrase: string, count = 1) => ({
  name,
  count,
  phrases: [{ count, phrase, occurrences: [] }],
});

const said = (speakerId: string, start: number, text: string) => ({
  speakerId,
  topic: null,
  sentences: [{ start, end: start + 3_000, text }],
});

export default cases([
  {
    name: 'an ordinary call is scored and alarms nobody',
    given: [call('2026-03-02T10:00:00Z', 'The rollout went well and the team is happy with the new reports.')],
    expect: { scores: [{ name: 'call_sentiment', value: { min: 0.3 } }], alerts: [] },
  },
  {
    name: 'a bad call is told, and a good one after it ends the alarm',
    given: [
      call(
        '2026-03-02T10:00:00Z',
        'They are frustrated and very disappointed: reports have been unreliable for weeks.',
      ),
      call('2026-03-09T10:00:00Z', 'All is fixed now, they are happy and thanked us for the quick help.'),
    ],
    expect: {
      scores: [{ name: 'call_sentiment', value: { max: -0.5 } }],
      alerts: [
        { rule: 'unhappy-call', change: 'raised', severity: 'warning', kind: 'customer_health', fingerprint: entity },
        { rule: 'unhappy-call', change: 'cleared' },
      ],
    },
  },
  {
    name: 'the churn tracker is told with what it heard',
    given: [
      call('2026-03-02T10:00:00Z', 'They talked about the contract.', { trackers: [tracker('Churn risk', 'cancel')] }),
    ],
    expect: { alerts: [{ rule: 'talk-of-leaving', change: 'raised', severity: 'warning' }] },
  },
  {
    name: 'a competitor named in passing is a score, one that is evaluated is an alert',
    given: [
      call('2026-03-02T10:00:00Z', 'They asked about the roadmap.', {
        trackers: [tracker('Competitors', 'Rivalsoft')],
      }),
      call('2026-03-03T10:00:00Z', 'They are evaluating Rivalsoft next to us.', {
        about: 'account:ridgeline',
        trackers: [tracker('Competitors', 'Rivalsoft', 3)],
      }),
    ],
    expect: {
      scores: [
        { name: 'competitor_mentions', entity, value: 0.2 },
        { name: 'competitor_mentions', entity: 'account:ridgeline', value: { min: 0.6 } },
      ],
      alerts: [
        {
          rule: 'competitor-in-call',
          change: 'raised',
          severity: 'warning',
          kind: 'market_intelligence',
          entity: 'account:ridgeline',
        },
      ],
    },
  },
  {
    name: 'the tone of a call about a deal is told for the deal',
    given: [
      call('2026-03-02T10:00:00Z', 'They were worried about the price and postponed the decision.', {
        deal: '9007001',
      }),
    ],
    expect: { scores: [{ name: 'deal_tone', subject: '9007001', value: { max: -0.3 } }] },
  },
  {
    name: 'a wish for more seats is an opportunity',
    given: [call('2026-03-02T10:00:00Z', 'Adoption is good and they asked about more seats for other teams.')],
    expect: { insights: [{ kind: 'opportunity' }], alerts: [] },
  },
  {
    name: 'a call with its transcript is told by what the customer said, by speaker and by quarter',
    given: [
      event({
        type: 'gong.call',
        stream: 'gong',
        time: '2026-03-02T10:00:00Z',
        entity,
        data: {
          callData: {
            metaData: { id: 'c1', title: 'Escalation', duration: 400 },
            parties: [
              { emailAddress: 'ana@brightloom.example', affiliation: 'External', speakerId: '1' },
              { emailAddress: 'ben@brightloom.example', affiliation: 'External', speakerId: '2' },
              { emailAddress: 'sam@acme.example', affiliation: 'Internal', speakerId: '3' },
            ],
            content: { brief: 'A good and friendly talk.' },
            transcript: [
              said('3', 5_000, 'Wonderful to see you, we are so happy, this is great.'),
              said('1', 20_000, 'I am glad you could make it.'),
              said('2', 310_000, 'This is terrible, we lost a whole day and everybody is angry.'),
              said('1', 390_000, 'We are very disappointed, that was a bad mistake.'),
            ],
          },
        },
      }),
    ],
    expect: {
      scores: [
        { name: 'call_sentiment', subject: 'c1', value: { max: -0.5 } },
        { name: 'speaker_tone', subject: 'ben@brightloom.example', value: { max: -0.5 } },
        { name: 'call_part_tone', subject: 'c1/1', value: { min: 0.3 } },
        { name: 'call_part_tone', subject: 'c1/4', value: { max: -0.5 } },
      ],
      alerts: [{ rule: 'unhappy-call', change: 'raised' }],
    },
  },
  {
    name: 'an outline tells in which part of a call the tone changed',
    given: [
      event({
        type: 'gong.call',
        stream: 'gong',
        time: '2026-03-02T10:00:00Z',
        entity,
        data: {
          callData: {
            metaData: { id: 'c2', duration: 400 },
            content: {
              brief: 'They spoke of the contract.',
              outline: [
                { section: 'Start', items: [{ text: 'Customer is happy with the launch', startTime: 10 }] },
                { section: 'Price', items: [{ text: 'Customer is frustrated by the price', startTime: 390.5 }] },
              ],
            },
          },
        },
      }),
    ],
    expect: {
      scores: [
        { name: 'call_part_tone', subject: 'c2/1', value: { min: 0.2 } },
        { name: 'call_part_tone', subject: 'c2/4', value: { max: -0.2 } },
      ],
      alerts: [],
    },
  },
  {
    name: 'what is set: a bad call is told only where it is worse than this, and a name alone is a warning',
    settings: { unhappyCallAt: -1, competitorsFrom: 0.2, competitorsWarnFrom: 0.2 },
    given: [
      call(
        '2026-03-02T10:00:00Z',
        'They are frustrated and very disappointed: reports have been unreliable for weeks.',
        {
          trackers: [tracker('Competitors', 'Rivalsoft')],
        },
      ),
    ],
    expect: { alerts: [{ rule: 'competitor-in-call', change: 'raised', severity: 'warning' }] },
  },
]);
