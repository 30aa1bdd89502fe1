import { cases, event } from '../src/pipeline/cases.ts';

const time = '2026-03-02T10:00:00Z';
const judged = (outcome: string, { on = time, ...more }: { on?: string; rule?: string; episode?: number } = {}) =>
  event({
    type: 'weir.outcome.alert',
    stream: 'custom',
    time: on,
    entity: 'account:brightloom',
    data: {
      alert: `1f0c ${more.rule ?? ''}`,
      episode: 1,
      pipeline: 'finance',
      rule: 'large-payment',
      outcome,
      ...more,
    },
  });
const example = (useful: boolean, rule = 'finance/large-payment') => ({
  model: 'alert_usefulness',
  example: { rule, useful },
});

export default cases([
  {
    name: 'an alert that a person calls noise counts against its rule',
    given: [judged('noise')],
    expect: { examples: [example(false)], alerts: [] },
  },
  {
    name: 'one that was useful counts for it, and for no other rule',
    given: [judged('useful'), judged('useful', { rule: 'dispute' })],
    expect: { examples: [example(true), example(true, 'finance/dispute')] },
  },
  {
    name: 'what is said first of an episode counts, however much later the second word comes; the next episode counts anew',
    given: [
      judged('noise'),
      judged('useful', { on: '2026-03-20T10:00:00Z' }),
      judged('useful', { on: '2026-03-21T10:00:00Z', episode: 2 }),
      judged('noise', { on: '2026-03-22T10:00:00Z', episode: 1 }),
    ],
    expect: { examples: [example(false), example(true)] },
  },
  {
    name: 'whatever else comes by says nothing of alerts',
    given: [
      event({ type: 'custom.note', stream: 'custom', time, entity: 'account:brightloom', data: { outcome: 'noise' } }),
    ],
    expect: { examples: [] },
  },
]);
