import type { AlertFilter, ServerMessage } from '../../schemas/push.ts';
import type { Identity } from '../auth/identity.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import { createCatchUp } from './catch-up.ts';
import { startOf } from './history.ts';
import type { Outlet } from './outlet.ts';
import { snapshotAt, type Shelf, type Subscription } from './subscription.ts';

export interface SubscribeRequest {
  /** The subscriber's name for it, unique on the connection. */
  readonly id: string;
  readonly org: string;
  readonly filter: AlertFilter;
  readonly identity: Pick<Identity, 'roles'>;
  /** `now`, `open`, a time or a cursor. */
  readonly from: string;
}

/** The subscriptions of one connection. */
export interface Feed {
  /** Sends `subscribed`, then what it asked for. Rejects with `cursor-invalid`, `too-many`, `request-malformed`. */
  subscribe(request: SubscribeRequest): Promise<void>;
  has(id: string): boolean;
  /** False where there is no such subscription. */
  unsubscribe(id: string): boolean;
  /** To be called when the network took what was buffered. */
  drained(): void;
  /** Puts a live subscription back to what it has heard: the hub itself missed something. */
  rewind(position: number): void;
  close(): void;
}

/** After the log could not be read: try again. */
const retryMs = 1_000;

/**
 * Each subscription is live, or behind at a sequence. Those behind are served by turns from snapshot, log and ring as
 * long as the connection takes it; one that reaches the end of the ring becomes live in the same tick, so nothing falls
 * between. One whose connection is full when something happens is behind from there on: only the sequence is kept.
 */
export function createFeed(shelf: Shelf, outlet: Outlet): Feed {
  const { log, board, audiences, happened, limits } = shelf;
  const subscriptions = new Map<string, Subscription>();
  const behind = new Set<Subscription>();
  let pumping = false;
  let closed = false;
  let retry: NodeJS.Timeout | undefined;

  const hasRoom = () => outlet.buffered() <= limits.bufferedBytesMax;
  const isOver = (subscription: Subscription) => closed || subscriptions.get(subscription.id) !== subscription;
  const say = (message: ServerMessage) => outlet.send(outlet.framing.message(message));

  const catchUp = createCatchUp(shelf, { hasRoom, isOver, goLive, say, send: (frame) => outlet.send(frame) });

  function create({ id, org, filter, identity }: SubscribeRequest, after: number): Subscription {
    const subscription: Subscription = {
      id,
      org,
      filter,
      identity,
      after,
      frameKey: outlet.framing.key(id),
      snapshot: [],
      live: false,
      slow: false,
      frame: (entry, cursor) => outlet.framing.alert(entry, cursor, id),
      outlet,
      miss(entry) {
        subscription.slow = true;
        fallBehind(subscription, entry.sequence - 1);
        happened.subscriberFellBehind(org);
      },
    };
    return subscription;
  }

  function fallBehind(subscription: Subscription, after: number): void {
    audiences.leave(subscription);
    subscription.live = false;
    subscription.after = after;
    behind.add(subscription);
  }

  function goLive(subscription: Subscription): void {
    // Sending may have found the connection closed.
    if (isOver(subscription)) return;
    behind.delete(subscription);
    subscription.live = true;
    audiences.join(subscription);
    noLongerSlow(subscription);
  }

  function noLongerSlow(subscription: Subscription): void {
    if (subscription.slow) happened.subscriberCaughtUp(subscription.org);
    subscription.slow = false;
  }

  function forget(subscription: Subscription): void {
    audiences.leave(subscription);
    behind.delete(subscription);
    subscriptions.delete(subscription.id);
    noLongerSlow(subscription);
  }

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    try {
      for (const subscription of byTurns(behind)) {
        if (closed || !hasRoom()) break;
        await catchUp(subscription);
      }
    } catch (error) {
      happened.pushReadFailed(messageOf(error));
      retry = setTimeout(resume, retryMs);
    } finally {
      pumping = false;
    }
  }

  /** `pump` handles its own failures; what is thrown beyond them is a bug and may stop the process. */
  const resume = () => void pump();

  return {
    async subscribe(request) {
      const { id, org, from } = request;
      if (subscriptions.has(id)) throw new WeirError('request-malformed', `There is a subscription "${id}" already.`);
      if (subscriptions.size >= limits.subscriptionsPerConnectionMax) {
        const most = limits.subscriptionsPerConnectionMax;
        throw new WeirError('too-many', `A connection may have ${most} subscriptions.`);
      }
      const start = await startOf(
        { log, sealer: shelf.sealer, position: shelf.position(), stream: 'ALERTS' },
        org,
        from,
      );
      if (closed) return;
      const subscription = create(request, start.kind === 'after' ? start.sequence : 0);
      subscriptions.set(id, subscription);
      if (start.kind === 'open') {
        const { after, snapshot } = snapshotAt(shelf, subscription);
        subscription.after = after;
        subscription.snapshot = snapshot;
      }

      // Resuming at the start of a snapshot gives every transition since its oldest alert: more, but never less.
      const first = subscription.snapshot.at(-1);
      const cursor = shelf.seal(org, first === undefined ? subscription.after : first - 1);
      const incomplete = start.kind === 'open' && !board.complete(org);
      say({ type: 'subscribed', id, cursor, ...(incomplete && { incomplete }) });
      if (start.kind === 'after' && start.gap) {
        say({ type: 'gap', id, ...start.gap });
        happened.gapTold(org);
      }
      behind.add(subscription);
      resume();
    },

    has: (id) => subscriptions.has(id),

    unsubscribe(id) {
      const subscription = subscriptions.get(id);
      if (!subscription) return false;
      forget(subscription);
      return true;
    },

    drained: () => {
      if (behind.size > 0) resume();
    },

    rewind(position) {
      for (const subscription of subscriptions.values()) {
        if (subscription.live) fallBehind(subscription, Math.max(subscription.after, position));
      }
      resume();
    },

    close() {
      closed = true;
      clearTimeout(retry);
      for (const subscription of subscriptions.values()) forget(subscription);
    },
  };
}

/** The first of a set, put last; again and again, until the set is empty. */
function* byTurns<T>(set: Set<T>): Iterable<T> {
  for (let [first] = set; first !== undefined; [first] = set) {
    set.delete(first);
    set.add(first);
    yield first;
  }
}
