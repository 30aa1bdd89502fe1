import type { JsonObject } from '../../core/json.ts';
import type { Account, Person } from '../company.ts';
import type { Notice } from '../notice.ts';
import { digits, type Random } from '../random.ts';

/** A conversation as Intercom's API 2.x sends it: the whole of it each time, and of its parts only the one that is new. */
export interface Conversation {
  readonly id: string;
  readonly account: Account;
  readonly customer: Person;
  /** Plain text; goes out as HTML. */
  readonly opening: string;
  /** ms. */
  readonly openedAt: number;
}

type Topic =
  | 'conversation.user.created'
  | 'conversation.user.replied'
  | 'conversation.admin.replied'
  | 'conversation.admin.closed'
  | 'conversation.rating.added';

/** What is new in it. `text` is plain; a rating is 1 … 5. */
export interface Turn {
  readonly topic: Topic;
  readonly text?: string;
  readonly rating?: number;
}

export function openConversation(
  at: number,
  account: Account,
  customer: Person,
  opening: string,
  random: Random,
): Conversation {
  return { id: `2154${random.text(11, digits)}`, account, customer, opening, openedAt: at };
}

export function conversationNotice(at: number, conversation: Conversation, turn: Turn, random: Random): Notice {
  const seconds = at / 1_000;
  return {
    at,
    source: 'intercom',
    entity: [conversation.account.entity],
    events: [
      {
        type: 'notification_event',
        app_id: 'simapp1',
        data: { type: 'notification_event_data', item: itemOf(at, conversation, turn, random) },
        links: {},
        id: `notif_${uuid(random)}`,
        topic: turn.topic,
        delivery_status: 'pending',
        delivery_attempts: 1,
        delivered_at: 0,
        first_sent_at: seconds,
        created_at: seconds,
        self: null,
      },
    ],
  };
}

function itemOf(at: number, conversation: Conversation, turn: Turn, random: Random): JsonObject {
  const { id, account, customer, opening, openedAt } = conversation;
  const open = turn.topic !== 'conversation.admin.closed' && turn.topic !== 'conversation.rating.added';
  const replied = turn.topic !== 'conversation.user.created';
  return {
    type: 'conversation',
    id,
    created_at: openedAt / 1_000,
    updated_at: at / 1_000,
    waiting_since: open ? at / 1_000 : null,
    snoozed_until: null,
    source: {
      type: 'conversation',
      id: id.slice(-10),
      delivered_as: 'customer_initiated',
      subject: '',
      body: html(opening),
      author: { type: 'user', id: customer.intercomContact, name: customer.name, email: customer.email },
      attachments: [],
      url: `https://app.${account.domain}/home`,
      redacted: false,
    },
    contacts: {
      type: 'contact.list',
      contacts: [{ type: 'contact', id: customer.intercomContact, external_id: String(customer.hubspotContact) }],
    },
    first_contact_reply: { created_at: openedAt / 1_000, type: 'conversation', url: null },
    admin_assignee_id: replied ? 9_600_008 : null,
    team_assignee_id: null,
    open,
    state: open ? 'open' : 'closed',
    read: replied,
    tags: { type: 'tag.list', tags: [] },
    priority: 'not_priority',
    sla_applied: null,
    statistics: {
      type: 'conversation_statistics',
      first_contact_reply_at: new Date(openedAt).toISOString(),
      last_contact_reply_at: new Date(at).toISOString(),
      count_reopens: 0,
    },
    conversation_rating:
      turn.rating === undefined
        ? null
        : {
            rating: turn.rating,
            remark: turn.text ?? null,
            created_at: at / 1_000,
            contact: { type: 'contact', id: customer.intercomContact },
            teammate: { type: 'admin', id: '9600008' },
          },
    title: '',
    custom_attributes: {},
    ai_agent: null,
    ai_agent_participated: false,
    conversation_parts: {
      type: 'conversation_part.list',
      conversation_parts: partsOf(at, conversation, turn, random),
      total_count: turn.topic === 'conversation.user.created' ? 0 : 1,
    },
  };
}

function partsOf(at: number, { account, customer }: Conversation, turn: Turn, random: Random): JsonObject[] {
  if (turn.topic === 'conversation.user.created') return [];
  const byUser = turn.topic === 'conversation.user.replied' || turn.topic === 'conversation.rating.added';
  return [
    {
      type: 'conversation_part',
      id: `373${random.text(8, digits)}`,
      part_type: partTypes[turn.topic],
      body: turn.text === undefined || turn.rating !== undefined ? null : html(turn.text),
      created_at: at / 1_000,
      updated_at: at / 1_000,
      notified_at: at / 1_000,
      assigned_to: null,
      author: byUser
        ? { id: customer.intercomContact, type: 'user', name: customer.name, email: customer.email }
        : { id: '9600008', type: 'admin', name: account.owner.name, email: account.owner.email },
      attachments: [],
      external_id: null,
      redacted: false,
    },
  ];
}

const partTypes = {
  'conversation.user.replied': 'comment',
  'conversation.admin.replied': 'comment',
  'conversation.admin.closed': 'close',
  'conversation.rating.added': 'conversation_rating_changed',
} as const;

function html(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<p>${escaped}</p>`;
}

function uuid(random: Random): string {
  const hex = random.text(32, '0123456789abcdef');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}
