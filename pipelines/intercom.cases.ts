import type { JsonObject } from '../src/core/json.ts';
import { cases, event } from '../src/pipeline/cases.ts';

const entity = 'account:brightloom';
const conversation = '215470000000002';

function turn(time: string, topic: string, item: JsonObject) {
  return event({
    type: `intercom.conversation.${topic}`,
    stream: 'intercom',
    time,
    entity,
    subject: conversation,
    data: {
      type: 'notification_event',
      data: { type: 'notification_event_data', item: { id: conversation, ...item } },
    },
  });
}

const opened = (time: string, body: string) => turn(time, 'user.created', { source: { body } });
const reply = (time: string, topic: string, body: string) =>
  turn(time, topic, { conversation_parts: { conversation_parts: [{ part_type: 'comment', body }] } });

export default cases([
  {
    name: 'a question that is answered alarms nobody',
    given: [
      opened('2026-03-02T10:00:00Z', '<p>Hi, how do I invite a colleague to our workspace?</p>'),
      reply('2026-03-02T10:20:00Z', 'admin.replied', '<p>Under Settings, Team.</p>'),
      reply('2026-03-02T10:30:00Z', 'user.replied', '<p>Found it, thank you!</p>'),
      turn('2026-03-02T10:40:00Z', 'admin.closed', {}),
      { at: '2026-03-09T00:00:00Z', timer: true },
    ],
    expect: {
      scores: [
        { name: 'urgency', subject: conversation, value: { max: 0.2 } },
        { name: 'conversation_sentiment', value: { min: 0.3 } },
      ],
      alerts: [],
    },
  },
  {
    name: 'an urgent conversation is told at once and ends when it is closed',
    given: [
      opened(
        '2026-03-02T10:00:00Z',
        '<p>URGENT: checkout is down and <b>all our users</b> are blocked. Fix this immediately!</p>',
      ),
      reply('2026-03-02T10:05:00Z', 'admin.replied', '<p>We are on it.</p>'),
      turn('2026-03-02T11:00:00Z', 'admin.closed', {}),
    ],
    expect: {
      scores: [{ name: 'urgency', value: { min: 0.85, max: 1 } }],
      alerts: [
        {
          rule: 'urgent-conversation',
          change: 'raised',
          severity: 'critical',
          fingerprint: `${entity}/${conversation}`,
        },
        { rule: 'urgent-conversation', change: 'cleared' },
      ],
    },
  },
  {
    name: 'a priority that a person sets teaches what is urgent here',
    given: [
      opened('2026-03-02T10:00:00Z', '<p>The frobnicator in hall 4 is blinking.</p>'),
      turn('2026-03-02T10:02:00Z', 'priority.updated', { priority: 'priority' }),
      reply('2026-03-02T10:05:00Z', 'admin.replied', '<p>We are on it.</p>'),
      turn('2026-03-02T11:00:00Z', 'admin.closed', { priority: 'priority' }),
    ],
    expect: {
      scores: [{ name: 'urgency', value: 0.15 }],
      examples: [{ model: 'urgency', example: { urgent: true, told: true, cues: 0.15 } }],
      alerts: [],
    },
  },
  {
    name: 'a conversation that is closed as it came teaches what is not urgent; of one whose priority is not known nothing is',
    given: [
      opened('2026-03-02T10:00:00Z', '<p>How do I invite a colleague?</p>'),
      turn('2026-03-02T10:40:00Z', 'admin.closed', { priority: 'not_priority' }),
      opened('2026-03-03T10:00:00Z', '<p>How do I invite another?</p>'),
      turn('2026-03-03T10:40:00Z', 'admin.closed', {}),
    ],
    expect: { examples: [{ model: 'urgency', example: { urgent: false, told: false } }] },
  },
  {
    name: 'another helpdesk tells of priorities, too',
    given: [
      opened('2026-03-02T10:00:00Z', '<p>The frobnicator in hall 4 is blinking.</p>'),
      event({
        type: 'weir.outcome.conversation',
        stream: 'intercom',
        time: '2026-03-02T10:02:00Z',
        entity,
        data: { conversation, outcome: 'urgent' },
      }),
    ],
    expect: { examples: [{ model: 'urgency', example: { urgent: true, told: true } }] },
  },
  {
    name: 'markup is not read as words',
    given: [
      opened(
        '2026-03-02T10:00:00Z',
        '<style>.outage { color: red }</style><p title="urgent">Where are my invoices?</p>',
      ),
    ],
    expect: { scores: [{ name: 'urgency', value: { max: 0.2 } }], alerts: [] },
  },
  {
    name: 'a problem told calmly is neither urgent nor an unhappy customer',
    given: [
      opened(
        '2026-03-02T10:00:00Z',
        '<p>I have a problem with the export, it failed twice today. Did somebody see that?</p>',
      ),
    ],
    expect: {
      scores: [
        { name: 'urgency', value: { max: 0.5 } },
        { name: 'conversation_sentiment', value: { min: -0.7, max: -0.3 } },
      ],
      alerts: [],
    },
  },
  {
    name: 'an unhappy customer is told once an hour at most, and cleared by a friendly word',
    given: [
      opened('2026-03-02T10:00:00Z', '<p>We are very disappointed. This is awful and nobody cares.</p>'),
      reply('2026-03-02T10:10:00Z', 'user.replied', '<p>Terrible. We have lost trust, this is a disaster.</p>'),
      reply('2026-03-02T12:00:00Z', 'admin.replied', '<p>I am sorry, here is the fix.</p>'),
      reply('2026-03-02T12:10:00Z', 'user.replied', '<p>Wonderful, works now. Thank you so much!</p>'),
    ],
    expect: {
      alerts: [
        { rule: 'unhappy-customer', change: 'raised', severity: 'warning' },
        { rule: 'unhappy-customer', change: 'cleared' },
      ],
    },
  },
  {
    name: 'nobody answers for a day',
    given: [
      opened('2026-03-02T10:00:00Z', '<p>Could you send me the invoice for February?</p>'),
      { at: '2026-03-03T09:59:00Z', timer: true },
      { at: '2026-03-03T10:01:00Z', timer: true },
      reply('2026-03-03T12:00:00Z', 'admin.replied', '<p>Here it is.</p>'),
    ],
    expect: {
      alerts: [
        { rule: 'unanswered-conversation', change: 'raised', severity: 'warning' },
        { rule: 'unanswered-conversation', change: 'cleared' },
      ],
    },
  },
  {
    name: 'a bad rating is told, a good one clears it',
    given: [
      turn('2026-03-02T10:00:00Z', 'rating.added', { conversation_rating: { rating: 1 } }),
      turn('2026-03-05T10:00:00Z', 'rating.added', { conversation_rating: { rating: 5 } }),
    ],
    expect: {
      alerts: [
        { rule: 'bad-rating', change: 'raised', severity: 'warning' },
        { rule: 'bad-rating', change: 'cleared' },
      ],
    },
  },
  {
    name: 'a wish for more seats is an opportunity',
    given: [opened('2026-03-02T10:00:00Z', '<p>We would like to add ten seats next month.</p>')],
    expect: { insights: [{ kind: 'opportunity' }], alerts: [] },
  },
  {
    name: 'what is set: an answer is awaited for four hours, and a rating of 3 is a bad one',
    settings: { unansweredAfterHours: 4, badRatingAt: 3 },
    given: [
      opened('2026-03-02T10:00:00Z', '<p>Hi, how do I invite a colleague to our workspace?</p>'),
      { at: '2026-03-02T14:00:00Z', timer: true },
      reply('2026-03-02T15:00:00Z', 'admin.replied', '<p>Under Settings, Team.</p>'),
      turn('2026-03-02T16:00:00Z', 'rating.added', { conversation_rating: { rating: 3 } }),
    ],
    expect: {
      alerts: [
        { rule: 'unanswered-conversation', change: 'raised' },
        { rule: 'unanswered-conversation', change: 'cleared' },
        { rule: 'bad-rating', change: 'raised', severity: 'info' },
      ],
    },
  },
]);
