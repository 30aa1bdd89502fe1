import { cases, event } from '../src/pipeline/cases.ts';

const time = '2026-03-02T10:00:00Z';
const judged = (outcome: string, rule = 'large-payment') =>
  event({
    type: 'weir.outcome.alert',
    stream: 'custom',
    time,
    entity: 'account:brightloom',
    data: { alert: '1f0c', pipeline: 'finance', rule, outcome },
  });

export default cases([
  {
    name: 'an alert that a person calls noise counts against its rule',
    given: [judged('noise')],
    expect: {
      examples: [{ model: 'alert_usefulness', example: { rule: 'finance/large-payment', useful: false } }],
      alerts: [],
    },
  },
  {
    name: 'one that was useful counts for it, and for no other rule',
    given: [judged('useful'), judged('useful', 'dispute')],
    expect: {
      examples: [
        { model: 'alert_usefulness', example: { rule: 'finance/large-payment', useful: true } },
        { model: 'alert_usefulness', example: { rule: 'finance/dispute', useful: true } },
      ],
    },
  },
  {
    name: 'whatever else comes by says nothing of alerts',
    given: [
      event({ type: 'custom.note', stream: 'custom', time, entity: 'account:brightloom', data: { outcome: 'noise' } }),
    ],
    expect: { examples: [] },
  },
]);
