import type { JsonObject } from '../core/json.ts';
import type { Notice } from './notice.ts';
import type { Random } from './random.ts';

/** The same notification as its provider sends it again: the provider's dedupe key is the same, its count of attempts is not. */
export function repeated(notice: Notice): Notice {
  switch (notice.source) {
    case 'hubspot':
      return { ...notice, events: notice.events.map((event) => counted(event, 'attemptNumber')) };
    case 'intercom':
      return { ...notice, events: notice.events.map((event) => counted(event, 'delivery_attempts')) };
    case 'gong':
    case 'stripe':
    case 'events':
      return notice;
    default:
      return notice.source satisfies never;
  }
}

/** The same notification with its events out of order and some milliseconds apart, as HubSpot's batches come. */
export function disordered(notice: Notice, random: Random): Notice {
  if (notice.source !== 'hubspot' || notice.events.length < 2) return notice;
  const last = notice.events.length - 1;
  const apart = notice.events.map((event, index) => ({ ...event, occurredAt: notice.at - (last - index) * 7 }));
  return { ...notice, events: random.shuffled(apart) };
}

function counted(event: JsonObject, attempts: string): JsonObject {
  return { ...event, [attempts]: Number(event[attempts] ?? 0) + 1 };
}
