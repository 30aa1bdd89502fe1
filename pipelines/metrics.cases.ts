import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'service:checkout';
const start = Date.parse('2026-03-02T10:00:00Z');

function sample(minute: number, value: number, name = 'latency_p95', about = entity) {
  const time = new Date(start + minute * 60_000).toISOString();
  const data = { name, value, unit: 'ms', service: 'checkout' };
  return event({ type: 'metrics.sample', stream: 'metrics', time, entity: about, subject: name, data });
}

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** Around 180, as it always is. */
const usual = (index: number): number => 180 + ((index * 7) % 11) - 5;

const calm = many(60, (index) => sample(index, usual(index)));

export default cases([
  {
    name: 'an ordinary day alarms nobody',
    given: many(200, (index) => sample(index, usual(index))),
    expect: { scores: [{ name: 'metric_anomaly', subject: 'latency_p95', value: 0 }], alerts: [] },
  },
  {
    name: 'one odd sample is a score, three are a warning, six are critical, three usual ones end it',
    given: [
      ...calm,
      sample(60, 900),
      sample(61, usual(61)),
      ...many(6, (index) => sample(62 + index, 900 + index)),
      ...many(3, (index) => sample(68 + index, usual(index))),
    ],
    expect: {
      scores: [{ name: 'metric_anomaly', value: { min: 0.9, max: 1 } }],
      alerts: [
        {
          rule: 'service-unusual',
          change: 'raised',
          severity: 'warning',
          kind: 'system_performance',
          fingerprint: entity,
        },
        { rule: 'service-unusual', change: 'raised', severity: 'critical' },
        { rule: 'service-unusual', change: 'cleared' },
      ],
    },
  },
  {
    name: 'the first sample unlike all before is an onset',
    given: [...many(300, (index) => sample(index, usual(index))), sample(300, 900)],
    expect: { scores: [{ name: 'metric_onset', subject: 'latency_p95', value: { min: 0.5, max: 1 } }], alerts: [] },
  },
  {
    name: 'a metric that was flat from its start may begin to move',
    given: [
      ...many(60, (index) => sample(index, 0, 'queue_depth')),
      ...many(40, (index) => sample(60 + index, 40 + ((index * 5) % 7), 'queue_depth')),
    ],
    expect: { alerts: [] },
  },
  {
    name: 'use that falls to half is a trend, not an outage',
    given: many(30, (index) =>
      sample(index * 1_440, index < 20 ? 100 : 40, 'weekly_active_users', 'account:brightloom'),
    ),
    expect: { scores: [{ name: 'usage_trend', entity: 'account:brightloom', value: { max: -0.3 } }], alerts: [] },
  },
  {
    name: 'what is no number is passed by',
    given: [
      event({
        type: 'metrics.sample',
        stream: 'metrics',
        time: '2026-03-02T10:00:00Z',
        entity,
        data: { name: 'x', value: 'high' },
      }),
    ],
    expect: { scores: [], alerts: [] },
  },
]);
