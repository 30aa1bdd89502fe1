import { setImmediate as nextTick } from 'node:timers/promises';
import type { ServerMessage } from '../../schemas/push.ts';
import { entryOf, type Entry } from './entry.ts';
import { alertsOf, readHistory } from './history.ts';
import { matches } from './protocol.ts';
import type { Shelf, Subscription } from './subscription.ts';

/** What serving a subscription needs of its connection. */
export interface Connection {
  hasRoom(): boolean;
  /** Whether the subscription ended while the log was read. */
  isOver(subscription: Subscription): boolean;
  send(frame: Buffer): void;
  say(message: ServerMessage): void;
  goLive(subscription: Subscription): void;
}

/**
 * One turn of a subscription that is behind: from the snapshot, else from the log, else from the ring, as long as the
 * connection takes it. What was sent is noted before anything is waited for, so a turn that fails repeats nothing.
 */
export function createCatchUp(shelf: Shelf, connection: Connection): (subscription: Subscription) => Promise<void> {
  const { log, ring, happened, limits } = shelf;

  async function sendSnapshot(subscription: Subscription): Promise<void> {
    for (let next = subscription.snapshot.at(-1); next !== undefined; next = subscription.snapshot.at(-1)) {
      if (!connection.hasRoom()) return;
      const entry = shelf.board.at(subscription.org, next) ?? (await superseded(next));
      // Other subscriptions of the connection may have filled it while the log was read.
      if (connection.isOver(subscription) || !connection.hasRoom()) return;
      subscription.snapshot.pop();
      // Gone from the log as well: it has changed since, and that change comes after the snapshot.
      if (entry) deliver(subscription, entry);
    }
  }

  async function superseded(sequence: number): Promise<Entry | undefined> {
    const message = await shelf.historyTurn(() => log.at('ALERTS', sequence));
    return message && entryOf(message);
  }

  async function sendHistory(subscription: Subscription): Promise<void> {
    const { org, after, id } = subscription;
    const upTo = shelf.position();
    const chunk = await shelf.historyTurn(() => readHistory(log, alertsOf(org), after, upTo, limits.historyChunk));
    // An embedded log answers without leaving the tick; others must have their turn.
    await nextTick();
    if (connection.isOver(subscription)) return;
    if (chunk.lostThrough !== undefined) {
      connection.say({ type: 'gap', id, from: shelf.seal(org, after), to: shelf.seal(org, chunk.lostThrough) });
      happened.gapTold(org);
      subscription.after = chunk.lostThrough;
    }
    for (const entry of chunk.entries) {
      if (!connection.hasRoom()) return;
      deliver(subscription, entry);
      subscription.after = entry.sequence;
    }
    subscription.after = chunk.through;
  }

  /** The end of the ring is the present: who gets there is live within the same tick, so nothing falls between. */
  function sendRecent(subscription: Subscription): void {
    for (const entry of ring.after(subscription.after)) {
      if (!connection.hasRoom()) return;
      if (entry.org === subscription.org) deliver(subscription, entry);
      subscription.after = entry.sequence;
    }
    connection.goLive(subscription);
  }

  function deliver(subscription: Subscription, entry: Entry): void {
    if (!matches(subscription.filter, subscription.identity, entry.alert)) return;
    connection.send(subscription.frame(entry, shelf.seal(subscription.org, entry.sequence)));
  }

  return async (subscription) => {
    if (subscription.snapshot.length > 0) await sendSnapshot(subscription);
    else if (subscription.after < ring.floor()) await sendHistory(subscription);
    else sendRecent(subscription);
  };
}
