import { type Duration, durationMs } from '../../core/duration.ts';
import { type Conversation, conversationNotice, openConversation, type Turn } from '../payloads/intercom.ts';
import { annoyedThreads, mildThreads, ordinaryThreads, type Thread } from '../texts/conversations.ts';
import { fill } from '../texts/fill.ts';
import type { Account } from '../company.ts';
import { firstName, type Happening, type World, wordsOf } from './happening.ts';

const minute = 60_000;
const mildShare = 0.08;
const annoyedShare = 0.02;
/** Share of the answers that come the next day only. */
const overnightShare = 0.06;

/** A customer asks, support answers, the customer thanks, the thread is closed and sometimes rated. */
export function support(world: World): (at: number) => Happening {
  const { random, accounts } = world;
  return (at) => {
    const threads = random.weighted([
      [1 - mildShare - annoyedShare, ordinaryThreads],
      [mildShare, mildThreads],
      [annoyedShare, annoyedThreads],
    ]);
    const thread = random.pick(threads);
    return conversation(world, random.pick(accounts), thread)(at);
  };
}

/** A whole thread, from its opening on. */
export function conversation(
  world: World,
  account: Account,
  thread: Thread,
  more: Record<string, string> = {},
): (at: number) => Happening {
  const { random } = world;
  return (at) => {
    const customer = random.pick(account.people);
    const words = { ...wordsOf(world, account, more), customer: firstName(customer.name) };
    const opened = openConversation(at, account, customer, fill(thread.opening, words), random);
    const turns = turnsOf(thread, words);
    return follow(world, opened, { topic: 'conversation.user.created' }, turns, thread.answeredAfter)(at);
  };
}

function follow(
  world: World,
  opened: Conversation,
  turn: Turn,
  later: readonly Turn[],
  after?: Duration,
): (at: number) => Happening {
  const { random } = world;
  return (at) => {
    const notice = conversationNotice(at, opened, turn, random);
    const [next, ...rest] = later;
    if (!next) return { notice };
    const usual = () => (random.chance(overnightShare) ? random.int(600, 1_200) : random.int(4, 180)) * minute;
    const afterMs = after === undefined ? usual() : durationMs(after);
    return { notice, sequel: { afterMs, happen: follow(world, opened, next, rest) } };
  };
}

function turnsOf(thread: Thread, words: Record<string, string>): Turn[] {
  const said = thread.turns.map((text, index): Turn => ({
    topic: index % 2 === 0 ? 'conversation.admin.replied' : 'conversation.user.replied',
    text: fill(text, words),
  }));
  const closed: Turn = { topic: 'conversation.admin.closed' };
  const rated: readonly Turn[] =
    thread.rating === undefined ? [] : [{ topic: 'conversation.rating.added', rating: thread.rating }];
  return [...said, closed, ...rated];
}
