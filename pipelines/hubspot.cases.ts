import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';
const deal = '9007001';
const fingerprint = `${entity}/${deal}`;

function change(time: string, propertyName: string, propertyValue: string) {
  const data = { objectId: Number(deal), subscriptionType: 'deal.propertyChange', propertyName, propertyValue };
  return event({ type: 'hubspot.deal.propertyChange', stream: 'hubspot', time, entity, data });
}

const created = (time: string) =>
  event({
    type: 'hubspot.deal.creation',
    stream: 'hubspot',
    time,
    entity,
    data: { objectId: Number(deal), changeFlag: 'NEW' },
  });

/** Events come a minute late at most; by then all of them are handled. */
const later = (at: string) => ({ at, timer: true }) as const;

const newDeal = [
  created('2026-03-02T10:00:00.000Z'),
  change('2026-03-02T10:00:00.100Z', 'amount', '48000'),
  change('2026-03-02T10:00:00.200Z', 'dealstage', 'presentationscheduled'),
  change('2026-03-02T10:00:00.300Z', 'closedate', '2026-04-30'),
];

export default cases([
  {
    name: 'a deal that goes well alarms nobody',
    given: [
      ...newDeal,
      change('2026-03-10T10:00:00Z', 'dealstage', 'contractsent'),
      change('2026-03-15T10:00:00Z', 'dealstage', 'closedwon'),
      later('2026-06-01T00:00:00Z'),
    ],
    expect: {
      scores: [
        { name: 'deal_risk', subject: deal, value: { max: 0.2 } },
        { name: 'deal_risk', subject: deal, value: 0 },
      ],
      alerts: [],
    },
  },
  {
    name: 'an open deal without activity for two weeks has gone cold, until it moves',
    given: [
      ...newDeal,
      later('2026-03-16T09:59:00Z'),
      later('2026-03-16T10:02:00Z'),
      change('2026-03-20T10:00:00Z', 'hs_next_step', 'Call'),
      later('2026-03-20T10:02:00Z'),
    ],
    expect: {
      alerts: [
        { rule: 'deal-cold', change: 'raised', severity: 'warning', kind: 'sales_pipeline', fingerprint },
        { rule: 'deal-cold', change: 'cleared', fingerprint },
      ],
      insights: [{ kind: 'risk' }],
      tasks: [{ rule: 'sales_pipeline', entity }],
    },
  },
  {
    name: 'a call about the deal keeps it warm',
    given: [
      ...newDeal,
      { at: '2026-03-12T10:00:00Z', score: 'deal_tone', entity, subject: deal, value: 0.4 },
      later('2026-03-20T10:00:00Z'),
    ],
    expect: { alerts: [] },
  },
  {
    name: 'a closing put off by two weeks is worth knowing, put off twice it is a warning',
    given: [
      ...newDeal,
      change('2026-03-05T10:00:00Z', 'closedate', '2026-05-16'),
      change('2026-03-12T10:00:00Z', 'closedate', '2026-05-30'),
      later('2026-03-12T10:02:00Z'),
    ],
    expect: {
      scores: [{ name: 'deal_risk', value: { min: 0.4, max: 0.5 } }],
      alerts: [
        { rule: 'close-date-pushed', change: 'raised', severity: 'info', fingerprint },
        { rule: 'close-date-pushed', change: 'raised', severity: 'warning', fingerprint },
      ],
    },
  },
  {
    name: 'a closing put off by some days once alarms nobody',
    given: [...newDeal, change('2026-03-05T10:00:00Z', 'closedate', '2026-05-10'), later('2026-03-05T10:02:00Z')],
    expect: { scores: [{ name: 'deal_risk', value: { max: 0.5 } }], alerts: [] },
  },
  {
    name: 'a deal that goes back, shrinks and sounds bad is at risk',
    given: [
      ...newDeal,
      change('2026-03-05T10:00:00Z', 'dealstage', 'qualifiedtobuy'),
      change('2026-03-06T10:00:00Z', 'amount', '24000'),
      { at: '2026-03-07T10:00:00Z', score: 'deal_tone', entity, subject: deal, value: -0.8 },
      later('2026-03-07T10:02:00Z'),
    ],
    expect: {
      scores: [{ name: 'deal_risk', value: { min: 0.6 } }],
      alerts: [
        { rule: 'stage-back', change: 'raised', severity: 'warning', fingerprint },
        { rule: 'deal-at-risk', change: 'raised', severity: 'warning', fingerprint },
      ],
      insights: [{ kind: 'risk', title: 'Deal 9007001 shrank' }],
    },
  },
  {
    name: 'what HubSpot sends in another order within a minute is put right',
    given: [
      ...newDeal,
      change('2026-03-10T10:00:01Z', 'dealstage', 'closedwon'),
      change('2026-03-10T10:00:00Z', 'dealstage', 'contractsent'),
      later('2026-06-01T00:00:00Z'),
    ],
    expect: { scores: [{ name: 'deal_risk', value: 0 }], alerts: [] },
  },
  {
    name: 'a lost deal is told as a loss and ends its alarms',
    given: [
      ...newDeal,
      change('2026-03-05T10:00:00Z', 'dealstage', 'qualifiedtobuy'),
      change('2026-03-06T10:00:00Z', 'dealstage', 'closedlost'),
      later('2026-03-06T10:02:00Z'),
    ],
    expect: {
      scores: [{ name: 'deal_risk', value: 1 }],
      alerts: [
        { rule: 'stage-back', change: 'raised' },
        { rule: 'stage-back', change: 'cleared' },
      ],
      insights: [{ kind: 'risk', title: 'Deal 9007001 was lost' }],
    },
  },
  {
    name: 'the chance to win goes with the stage, and what became of the deal teaches the model',
    given: [
      ...newDeal,
      change('2026-03-10T10:00:00Z', 'dealstage', 'contractsent'),
      later('2026-03-10T10:02:00Z'),
      change('2026-03-15T10:00:00Z', 'dealstage', 'closedwon'),
      later('2026-03-15T10:02:00Z'),
    ],
    expect: {
      scores: [
        { name: 'deal_propensity', subject: deal, value: { min: 0.5, max: 0.7 } },
        { name: 'deal_propensity', subject: deal, value: { min: 0.75, max: 0.95 } },
        { name: 'deal_propensity', subject: deal, value: 1 },
      ],
      examples: [{ model: 'deal_propensity', example: { won: true }, subject: deal }],
    },
  },
  {
    name: 'where the CRM has other words for it, a deal is told won or lost by an event; once told, a deal teaches no more',
    given: [
      ...newDeal,
      event({
        type: 'weir.outcome.deal',
        stream: 'hubspot',
        time: '2026-03-12T10:00:00Z',
        entity,
        data: { deal, outcome: 'lost' },
      }),
      change('2026-03-13T10:00:00Z', 'amount', '0'),
      later('2026-03-13T10:02:00Z'),
    ],
    expect: {
      scores: [{ name: 'deal_propensity', subject: deal, value: 0 }],
      insights: [{ kind: 'risk', title: 'Deal 9007001 was lost' }],
      examples: [{ model: 'deal_propensity', example: { won: false } }],
    },
  },
  {
    name: 'a deal that was never seen open teaches nothing',
    given: [change('2026-03-10T10:00:00Z', 'dealstage', 'closedlost'), later('2026-03-10T10:02:00Z')],
    expect: { examples: [] },
  },
  {
    name: 'what is set: a deal is cold after five days, and a close date that is put off by a week is told',
    settings: { coldAfterDays: 5, putOffDays: 7 },
    given: [...newDeal, change('2026-03-03T10:00:00Z', 'closedate', '2026-05-08'), later('2026-03-08T10:02:00Z')],
    expect: {
      alerts: [
        { rule: 'close-date-pushed', change: 'raised', severity: 'info', fingerprint },
        { rule: 'deal-cold', change: 'raised', fingerprint },
      ],
    },
  },
  {
    name: 'what is set: where the stage counts for nothing, a new deal has no risk',
    settings: { stageWeight: 0 },
    given: [...newDeal, later('2026-03-02T10:02:00Z')],
    expect: { scores: [{ name: 'deal_risk', subject: deal, value: 0 }], alerts: [] },
  },
]);
