import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';
const day = 86_400_000;
const start = Date.parse('2026-01-05T09:00:00Z');
const timeOf = (days: number): string => new Date(start + days * day).toISOString();

const call = (days: number) => event({ type: 'gong.call', stream: 'gong', time: timeOf(days), entity });
const conversation = (days: number) =>
  event({ type: 'intercom.conversation.user.created', stream: 'intercom', time: timeOf(days), entity });
const users = (days: number, value: number, about = entity) =>
  event({
    type: 'metrics.sample',
    stream: 'metrics',
    time: timeOf(days),
    entity: about,
    data: { name: 'weekly_active_users', value, unit: 'users' },
  });

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** Two calls and three conversations a week, and about a hundred people who use it. */
const usualWeek = (week: number) => [
  ...[1, 3].map((days) => call(week * 7 + days)),
  ...[1.2, 2.2, 4.2].map((days) => conversation(week * 7 + days)),
  ...many(5, (days) => users(week * 7 + days + 0.3, 100 + ((days * 3) % 5))),
];
const inOrder = <T extends { time: string }>(events: readonly T[]): T[] =>
  events.toSorted((a, b) => Date.parse(a.time) - Date.parse(b.time));

export default cases([
  {
    name: 'an account that goes on as ever is told as that, and alarms nobody',
    given: inOrder(many(12, usualWeek).flat()),
    expect: { scores: [{ name: 'engagement_change', entity, value: 0 }], alerts: [] },
  },
  {
    name: 'an account that hardly calls, writes and logs in any more has become quieter',
    given: [
      ...inOrder(many(8, usualWeek).flat()),
      ...many(28, (days) => users(56 + days, 25)),
      { at: timeOf(90), timer: true },
    ],
    expect: {
      scores: [{ name: 'engagement_change', entity, value: { max: -0.5 } }],
      alerts: [
        { rule: 'engagement-fallen', change: 'raised', severity: 'info', kind: 'customer_health', fingerprint: entity },
        { rule: 'engagement-fallen', change: 'raised', severity: 'warning' },
        { rule: 'engagement-fallen', change: 'raised' },
      ],
    },
  },
  {
    name: 'one that falls silent altogether is told after two weeks, and that it is back when it is',
    given: [
      ...inOrder(many(8, usualWeek).flat()),
      { at: timeOf(80), timer: true },
      ...inOrder(many(5, (week) => usualWeek(12 + week)).flat()),
    ],
    expect: {
      scores: [{ name: 'engagement_change', value: { max: -0.75 } }],
      alerts: [
        { rule: 'engagement-fallen', change: 'raised', severity: 'warning' },
        { rule: 'engagement-fallen', change: 'cleared' },
      ],
    },
  },
  {
    name: 'what is known for less than four weeks is not judged',
    given: [...inOrder(many(2, usualWeek).flat()), ...many(6, (days) => users(15 + days, 5))],
    expect: { alerts: [] },
  },
  {
    name: 'metrics of services are no engagement',
    given: many(40, (days) => users(days, days, 'service:api')),
    expect: { scores: [], alerts: [] },
  },
  {
    name: 'what is set: an account that has become quieter is a warning sooner',
    settings: { quieterAt: -0.3, quieterWarnAt: -0.3 },
    given: [...inOrder(many(8, usualWeek).flat()), ...many(21, (days) => users(56 + days, 25))],
    expect: { alerts: [{ rule: 'engagement-fallen', change: 'raised', severity: 'warning' }] },
  },
]);
