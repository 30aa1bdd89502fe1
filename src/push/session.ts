import { z } from 'zod';
import { checked } from '../../schemas/checked.ts';
import {
  alertFilterSchema,
  clientMessageSchema,
  runFilterSchema,
  subscriptionId,
  type ClientMessage,
  type CloseReason,
  type ServerMessage,
} from '../../schemas/push.ts';
import type { Authenticator, Identity } from '../auth/identity.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import { orgToRead } from './asking.ts';
import type { Feed } from './feed.ts';
import type { Hub } from './hub.ts';
import type { RunFeed, RunHub } from './runs.ts';
import type { Outlet } from './outlet.ts';
import type { PushHappenings } from './protocol.ts';

export interface SessionDeps {
  readonly hub: Hub;
  readonly runs: RunHub;
  readonly authenticator: Authenticator;
  /** The organisations of the configuration. */
  readonly orgs: readonly string[];
  readonly clock: Clock;
  readonly happened: PushHappenings;
}

/** The other end of a WebSocket. */
export interface Peer extends Outlet {
  close(reason: CloseReason): void;
}

/** What the upgrade request says. */
export interface Greeting {
  readonly authorization: string | undefined;
  /** `?org=…`, for an operator's token. */
  readonly org: string | undefined;
}

/** One WebSocket connection's conversation: who it is, what it asks, what it is answered. */
export interface Session {
  /** A text message; undefined for a binary one. */
  receive(text: string | undefined): void;
  /** A ping of the WebSocket protocol: it is answered there, and counts here. */
  pinged(): void;
  drained(): void;
  /** The connection is gone. */
  ended(): void;
}

const rateWindowMs = 10_000;

const alertsAsked = z.object({ filter: alertFilterSchema });
const runsAsked = z.object({ filter: runFilterSchema });

export function createSession(deps: SessionDeps, peer: Peer, greeting: Greeting): Session {
  const { hub, runs, authenticator, orgs, clock, happened } = deps;
  const { limits } = hub;
  let identity: Identity | undefined;
  let feed: Feed | undefined;
  let runFeed: RunFeed | undefined;
  let over = false;
  /** Messages are handled one after another, so `auth` and `subscribe` may be sent in one go. */
  let tail = Promise.resolve();
  let window = { since: clock.now(), messages: 0 };
  const authTimer = setTimeout(() => {
    refuse(new WeirError('token-missing', 'No token was given in time.'), 'unauthenticated');
  }, limits.authWithinMs);

  const say = (message: ServerMessage) => peer.send(peer.framing.message(message));

  function next(work: () => Promise<void>): void {
    tail = tail
      .then(() => (over ? undefined : work()))
      .catch((error: unknown) => {
        happened.subscriberFailed('websocket', messageOf(error));
        end('failed');
      });
  }

  function end(reason: CloseReason): void {
    if (over) return;
    over = true;
    clearTimeout(authTimer);
    feed?.close();
    runFeed?.close();
    peer.close(reason);
  }

  function refuse(error: WeirError, reason: CloseReason): void {
    if (over) return;
    say({ type: 'error', code: error.code, detail: error.message });
    happened.subscriberRefused(error.code);
    end(reason);
  }

  /** Whether it may go on: not too often, and it reads what it is answered. */
  function isCivil(): boolean {
    const now = clock.now();
    if (now - window.since >= rateWindowMs) window = { since: now, messages: 0 };
    window.messages += 1;
    const reads = peer.buffered() <= limits.bufferedBytesMax + limits.unreadBytesMax;
    if (window.messages <= limits.messagesPer10sMax && reads) return true;
    refuse(new WeirError('rate-exceeded', 'More messages, or more answers left unread, than the limit.'), 'abusive');
    return false;
  }

  async function welcome(authorization: string | undefined): Promise<void> {
    try {
      const known = await authenticator.identify(authorization);
      // An operator's token may name the organisation later, with each subscription.
      if (known.org !== '*' || greeting.org !== undefined) orgToRead(known, greeting.org, orgs);
      if (over) return;
      feed = hub.connect(peer, known.org);
      runFeed = runs.connect(peer);
      identity = known;
      clearTimeout(authTimer);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      refuse(error, reasonOf(error));
    }
  }

  async function handle(text: string | undefined): Promise<void> {
    const message = parsed(text);
    if (message instanceof WeirError) return answerError(message, idIn(text));
    if (message.type === 'auth') return authenticate(message.token);
    if (!identity || !feed || !runFeed) {
      return refuse(new WeirError('token-missing', 'The first message must be `auth`.'), 'unauthenticated');
    }
    try {
      await answer(message, identity, feed, runFeed);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      answerError(error, 'id' in message ? message.id : undefined);
    }
  }

  function parsed(text: string | undefined): ClientMessage | WeirError {
    try {
      if (text === undefined) throw new WeirError('request-malformed', 'Messages are JSON in text frames.');
      return checked(clientMessageSchema, JSON.parse(text));
    } catch (error) {
      return error instanceof WeirError ? error : new WeirError('request-malformed', 'The message is not JSON.');
    }
  }

  function answerError(error: WeirError, id: string | undefined): void {
    if (!identity) return refuse(error, 'unauthenticated');
    say({ type: 'error', code: error.code, detail: error.message, ...(id !== undefined && { id }) });
  }

  /** While no tokens are configured everybody is the operator already, and a token is as good as none. */
  async function authenticate(token: string): Promise<void> {
    if (!identity) return welcome(`Bearer ${token}`);
    if (authenticator.required)
      answerError(new WeirError('request-malformed', 'The connection has a token.'), undefined);
  }

  async function answer(
    message: Exclude<ClientMessage, { type: 'auth' }>,
    known: Identity,
    feed: Feed,
    runFeed: RunFeed,
  ): Promise<void> {
    switch (message.type) {
      case 'subscribe': {
        const { id, topic, from } = message;
        const org = orgToRead(known, message.org ?? greeting.org, orgs);
        if (topic === 'alerts') {
          const { filter } = checked(alertsAsked, message);
          if (runFeed.has(id)) throw taken(id);
          return feed.subscribe({ id, org, filter, identity: known, from });
        }
        const { filter } = checked(runsAsked, message);
        if (feed.has(id) || runFeed.has(id)) throw taken(id);
        return runFeed.subscribe({ id, org, topic, filter, from });
      }
      case 'unsubscribe':
        if (!feed.unsubscribe(message.id) && !runFeed.unsubscribe(message.id))
          throw new WeirError('not-found', `There is no subscription "${message.id}".`);
        return say({ type: 'unsubscribed', id: message.id });
      case 'ping':
        return say({ type: 'pong' });
      default:
        return message satisfies never;
    }
  }

  if (greeting.authorization !== undefined || !authenticator.required) next(() => welcome(greeting.authorization));

  return {
    receive(text) {
      if (!over && isCivil()) next(() => handle(text));
    },
    pinged: () => void (!over && isCivil()),
    drained() {
      feed?.drained();
      runFeed?.drained();
    },
    ended() {
      over = true;
      clearTimeout(authTimer);
      feed?.close();
      runFeed?.close();
    },
  };
}

const named = z.object({ id: subscriptionId });

/** The subscription that a message is about which is not one of ours; undefined where it names none. */
function idIn(text: string | undefined): string | undefined {
  try {
    return named.safeParse(JSON.parse(text ?? '')).data?.id;
  } catch {
    // No JSON, and so about none: it is answered as that.
    return undefined;
  }
}

const taken = (id: string) => new WeirError('request-malformed', `There is a subscription "${id}" already.`);

function reasonOf({ code, status }: WeirError): CloseReason {
  if (code === 'too-many') return 'tooMany';
  if (status === 401) return 'unauthenticated';
  if (code === 'not-allowed' || code === 'request-malformed' || code === 'not-found') return 'notAllowed';
  return status === 503 ? 'goingAway' : 'failed';
}
