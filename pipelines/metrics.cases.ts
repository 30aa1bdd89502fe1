import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'service:checkout';
const start = Date.parse('2026-03-02T10:00:00Z');

function sample(minute: number, value: number, name = 'latency_p95', about = entity) {
  const time = new Date(start + minute * 60_000).toISOString();
  const data = { name, value, unit: 'ms', service: 'checkout' };
  return event({ type: 'metrics.sample', stream: 'metrics', time, entity: about, subject: name, data });
}

const percentage = (minute: number, value: number, name: string) => ({
  ...sample(minute, value, name),
  data: { name, value, unit: '%', service: 'checkout' },
});

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** Around 180, as it always is. */
const usual = (index: number): number => 180 + ((index * 7) % 11) - 5;

const calm = many(60, (index) => sample(index, usual(index)));

export default cases([
  {
    name: 'an ordinary day alarms nobody',
    given: many(200, (index) => sample(index, usual(index))),
    expect: { scores: [{ name: 'metric_anomaly', subject: 'latency_p95', value: 0 }], alerts: [], tasks: [] },
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
      tasks: [{ rule: 'system_performance', entity }],
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
  {
    name: 'a metric that came every half hour and comes no more is told, and that it is back',
    given: [
      ...many(60, (index) => sample(index * 30, usual(index))),
      { at: new Date(start + 33 * 3_600_000).toISOString(), timer: true },
      sample(34 * 60, usual(90)),
      sample(34 * 60 + 30, usual(91)),
    ],
    expect: {
      alerts: [
        {
          rule: 'metric-silent',
          change: 'raised',
          severity: 'warning',
          kind: 'system_performance',
          fingerprint: entity,
        },
        { rule: 'metric-silent', change: 'cleared' },
      ],
    },
  },
  {
    name: 'a metric that is quiet every night is not missed at night',
    given: many(240, (index) => sample(Math.floor(index / 12) * 1_440 + (index % 12) * 60, usual(index))),
    expect: { alerts: [] },
  },
  {
    name: 'a disk that fills is told days before it is full, a full one that stays as it is not',
    given: many(72, (index) => [
      percentage(index * 360, 40 + index * 0.8 + (((index * 7) % 11) - 5) / 10, 'disk_used'),
      percentage(index * 360 + 1, 80 + (((index * 7) % 11) - 5) / 10, 'memory_used'),
    ]).flat(),
    expect: {
      scores: [{ name: 'limit_crossing', subject: 'disk_used', value: { min: 0.8 } }],
      alerts: [
        { rule: 'limit-near', change: 'raised', severity: 'warning', fingerprint: `${entity}/disk_used` },
        { rule: 'limit-near', change: 'raised', severity: 'warning' },
      ],
    },
  },
  {
    name: 'a level that moves a little, for good, is told as that and alarms nobody',
    given: many(280, (index) => sample(index * 360, usual(index) + (index < 200 ? 0 : 6))),
    expect: {
      scores: [{ name: 'level_change', subject: 'latency_p95', value: 1 }],
      insights: [{ kind: 'risk', title: 'latency_p95 has moved up for good' }],
      alerts: [],
    },
  },
  {
    name: 'a figure that grows from day to day has a trend',
    given: many(120, (index) => sample(index * 360, usual(index) + index / 4)),
    expect: { scores: [{ name: 'metric_trend', value: { min: 0.8 } }] },
  },
  {
    name: 'what is set: two odd samples in a row are a warning, four are critical, one usual one ends it',
    settings: { oddToWarn: 2, oddToAlarm: 4, calmToEnd: 1 },
    given: [...calm, ...many(4, (index) => sample(60 + index, 900 + index)), sample(64, usual(64))],
    expect: {
      alerts: [
        { rule: 'service-unusual', change: 'raised', severity: 'warning' },
        { rule: 'service-unusual', change: 'raised', severity: 'critical' },
        { rule: 'service-unusual', change: 'cleared' },
      ],
    },
  },
]);
