import type { AlertFilter } from '../../schemas/push.ts';
import type { Identity } from '../auth/identity.ts';
import type { Entry } from './entry.ts';
import { audienceOf, matches } from './protocol.ts';

/** A subscription that hears what happens as it happens. */
export interface Listener {
  readonly org: string;
  readonly filter: AlertFilter;
  readonly identity: Pick<Identity, 'roles'>;
  /** Listeners with equal keys are given equal bytes. */
  readonly frameKey: string;
  /** What it has heard already when it comes in. */
  after: number;
  frame(entry: Entry, cursor: string): Buffer;
  /** Sends the frame, or where the connection is full leaves the audience and says false. */
  hear(entry: Entry, frame: Buffer): boolean;
}

/** Who is live, by organisation and by what they want to hear: an alert is judged once for all who want the same. */
export interface Audiences {
  join(listener: Listener): void;
  leave(listener: Listener): void;
  /** Tells the live ones. The number told. */
  tell(entry: Entry, cursor: () => string): number;
  live(): Iterable<Listener>;
}

interface Audience {
  readonly filter: AlertFilter;
  readonly identity: Pick<Identity, 'roles'>;
  readonly listeners: Set<Listener>;
}

export function createAudiences(): Audiences {
  const orgs = new Map<string, Map<string, Audience>>();

  return {
    join(listener) {
      const { org, filter, identity } = listener;
      const audiences = orgs.get(org) ?? new Map<string, Audience>();
      orgs.set(org, audiences);
      const key = audienceOf(filter, identity);
      const audience = audiences.get(key) ?? { filter, identity, listeners: new Set() };
      audiences.set(key, audience);
      audience.listeners.add(listener);
    },
    leave(listener) {
      const audiences = orgs.get(listener.org);
      const key = audienceOf(listener.filter, listener.identity);
      const audience = audiences?.get(key);
      audience?.listeners.delete(listener);
      if (audience?.listeners.size === 0) audiences?.delete(key);
      if (audiences?.size === 0) orgs.delete(listener.org);
    },
    tell(entry, cursor) {
      let told = 0;
      const frames = new Map<string, Buffer>();
      for (const { filter, identity, listeners } of orgs.get(entry.org)?.values() ?? []) {
        if (!matches(filter, identity, entry.alert)) continue;
        for (const listener of listeners) {
          if (entry.sequence <= listener.after) continue;
          let frame = frames.get(listener.frameKey);
          if (!frame) frames.set(listener.frameKey, (frame = listener.frame(entry, cursor())));
          if (listener.hear(entry, frame)) told += 1;
        }
      }
      return told;
    },
    *live() {
      for (const audiences of orgs.values()) for (const { listeners } of audiences.values()) yield* listeners;
    },
  };
}
