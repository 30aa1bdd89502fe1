import type { AlertFilter } from '../../schemas/push.ts';
import type { Identity } from '../auth/identity.ts';
import type { Entry } from './entry.ts';
import type { Outlet } from './outlet.ts';
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
  readonly outlet: Outlet;
  /** Its connection is full, so it misses this one: it leaves the audience and catches up from here by itself. */
  miss(entry: Entry): void;
}

/** Who is live, by organisation and by what they want to hear: an alert is judged once for all who want the same. */
export interface Audiences {
  join(listener: Listener): void;
  leave(listener: Listener): void;
  /** Tells the live ones. The number told. */
  tell(entry: Entry, cursor: () => string): number;
}

interface Audience {
  readonly filter: AlertFilter;
  readonly identity: Pick<Identity, 'roles'>;
  /** By frame key, so that the loop over thousands does nothing but send. */
  readonly listeners: Map<string, Set<Listener>>;
}

export function createAudiences(bufferedBytesMax: number): Audiences {
  const orgs = new Map<string, Map<string, Audience>>();

  return {
    join(listener) {
      const { org, filter, identity, frameKey } = listener;
      const audiences = orgs.get(org) ?? new Map<string, Audience>();
      orgs.set(org, audiences);
      const key = audienceOf(filter, identity);
      const audience = audiences.get(key) ?? { filter, identity, listeners: new Map<string, Set<Listener>>() };
      audiences.set(key, audience);
      const equals = audience.listeners.get(frameKey) ?? new Set();
      audience.listeners.set(frameKey, equals.add(listener));
    },
    leave(listener) {
      const { org, filter, identity, frameKey } = listener;
      const audiences = orgs.get(org);
      const key = audienceOf(filter, identity);
      const audience = audiences?.get(key);
      const equals = audience?.listeners.get(frameKey);
      equals?.delete(listener);
      if (equals?.size === 0) audience?.listeners.delete(frameKey);
      if (audience?.listeners.size === 0) audiences?.delete(key);
      if (audiences?.size === 0) orgs.delete(org);
    },
    tell(entry, cursor) {
      let told = 0;
      for (const { filter, identity, listeners } of orgs.get(entry.org)?.values() ?? []) {
        if (!matches(filter, identity, entry.alert)) continue;
        for (const equals of listeners.values()) told += tellEquals(equals, entry, cursor(), bufferedBytesMax);
      }
      return told;
    },
  };
}

/** The one hot loop of the push: a thousand times a syscall, so little else that it is hardly more than that. */
function tellEquals(listeners: Iterable<Listener>, entry: Entry, cursor: string, bufferedBytesMax: number): number {
  let told = 0;
  let frame: Buffer | undefined;
  for (const listener of listeners) {
    if (entry.sequence <= listener.after) continue;
    const { outlet } = listener;
    if (outlet.buffered() > bufferedBytesMax) {
      listener.miss(entry);
      continue;
    }
    frame ??= listener.frame(entry, cursor);
    outlet.send(frame);
    told += 1;
  }
  return told;
}
