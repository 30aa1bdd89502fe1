import type { JsonObject } from '../../../src/core/json.ts';
import { noticesOf, type Told } from './webhooks.ts';

/** Urgent conversations of one company: each that opens opens an alert, and its closing resolves it. */
export interface Conversations {
  readonly org: string;
  /**
   * Conversations that open, and the closing of those that did, each at an event time of its own (ms).
   * `round` tells them from those of other rounds.
   */
  turns(round: string, count: number): readonly ((at: number) => Told)[];
}

export function createConversations(): Conversations {
  const opening = noticesOf('intercom', noticesAmong).filter(
    ({ notice }) => topicOf(notice) === 'conversation.user.created',
  );
  const [first] = opening;
  if (!first) throw new Error('The simulation opens no conversations.');
  const { org } = first;
  const among = opening.filter((told) => told.org === org);
  return {
    org,
    turns(round, count) {
      const openAtOnce = Math.min(openAtOnceMax, count >> 2);
      let opened = 0;
      let closed = 0;
      return Array.from({ length: count }, (_, index) => {
        const closes = index % 2 === 1 && opened - closed >= openAtOnce;
        const conversation = closes ? closed++ : opened++;
        return (at) => turnOf(among, { round, index, closes, conversation, at });
      });
    },
  };
}

const noticesAmong = 5_000;
/** So many conversations are open when the first of them is closed. */
const openAtOnceMax = 250;
const urgent =
  '<p>URGENT: production is down for all our users and we are losing data. We need an answer right now!</p>';

interface Turn {
  readonly round: string;
  readonly index: number;
  readonly closes: boolean;
  readonly conversation: number;
  readonly at: number;
}

function turnOf(among: readonly Told[], { round, index, closes, conversation, at }: Turn): Told {
  const told = among[conversation % among.length];
  const [event] = told?.notice.events ?? [];
  if (!told || !event) throw new Error('The simulation opens no conversations.');
  const data = objectAt(event, 'data');
  const item = objectAt(data, 'item');
  const opened = {
    ...event,
    id: `notif_${round}_${index}`,
    topic: closes ? 'conversation.admin.closed' : 'conversation.user.created',
    created_at: Math.floor(at / 1_000),
    data: {
      ...data,
      item: {
        ...item,
        id: `${round}${String(conversation).padStart(7, '0')}`,
        source: { ...objectAt(item, 'source'), body: urgent },
      },
    },
  };
  return { org: told.org, notice: { ...told.notice, events: [opened] } };
}

const topicOf = ({ events: [event] }: Told['notice']) => event?.['topic'];

function objectAt(object: JsonObject, name: string): JsonObject {
  const found = object[name];
  if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as JsonObject;
  throw new TypeError(`A conversation has no ${name}.`);
}
