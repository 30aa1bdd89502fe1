import type { StreamEvent } from '../../src/core/event.ts';
import type { Json } from '../../src/core/json.ts';
import { jsonAt, numberAt, textAt } from '../../src/core/read.ts';
import { plainText } from '../../src/scoring/text.ts';

/** One thing said or done in a conversation. `text` is '' for all but the customer's messages. */
export interface Turn {
  readonly id: string;
  readonly eventId: string;
  readonly at: number;
  readonly by: 'customer' | 'team' | 'closed' | 'rating' | 'priority';
  readonly text: string;
  /** 1 … 5, of a rating. */
  readonly rating: number | undefined;
  /** Whether it goes first: as it was set, or as it stood when the conversation was closed. */
  readonly priority: boolean | undefined;
}

export function turnsOf(event: StreamEvent): readonly Turn[] {
  const by = speakers.get(event.type);
  if (!by) return [];
  const item = jsonAt(event.data, 'data', 'item');
  const text = by === 'customer' ? plainText(bodyOf(item, event.type)) : '';
  if (by === 'customer' && text === '') return [];
  const id = textAt(item, 'id') ?? textAt(event.data, 'conversation') ?? event.subject ?? event.id;
  const rating = by === 'rating' ? numberAt(item, 'conversation_rating', 'rating') : undefined;
  const priority = by === 'priority' || by === 'closed' ? priorityIn(item, event.data) : undefined;
  return [{ id, eventId: event.id, at: Date.parse(event.time), by, text, rating, priority }];
}

const speakers: ReadonlyMap<string, Turn['by']> = new Map([
  ['intercom.conversation.user.created', 'customer'],
  ['intercom.conversation.user.replied', 'customer'],
  ['intercom.conversation.admin.replied', 'team'],
  ['intercom.conversation.admin.closed', 'closed'],
  ['intercom.conversation.rating.added', 'rating'],
  ['intercom.conversation.priority.updated', 'priority'],
  ['weir.outcome.conversation', 'priority'],
]);

/** The newest part's body; for an opening the source's (API 2.x) or the message's (1.x). */
function bodyOf(item: Json | undefined, type: string): string {
  const part = textAt(item, 'conversation_parts', 'conversation_parts', -1, 'body');
  const opening = textAt(item, 'source', 'body') ?? textAt(item, 'conversation_message', 'body');
  return (type.endsWith('created') ? (opening ?? part) : part) ?? '';
}

/** Absent in payloads of the API 1.x, where it is not known. */
function priorityIn(item: Json | undefined, told: Json): boolean | undefined {
  return priorities.get(textAt(item, 'priority') ?? textAt(told, 'outcome') ?? '');
}

const priorities: ReadonlyMap<string, boolean> = new Map([
  ['priority', true],
  ['not_priority', false],
  ['urgent', true],
  ['not urgent', false],
]);
