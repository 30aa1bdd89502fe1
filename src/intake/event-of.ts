import type { StreamEvent } from '../core/event.ts';
import { idOf } from '../core/ids.ts';
import { rfc3339Of } from '../core/time.ts';
import type { IntakeLimits } from './limits.ts';
import type { EventDraft } from './source.ts';

/** Where an event came in: the part of it the source does not know. */
export interface Arrival {
  readonly org: string;
  readonly origin: string;
  /** ms since 1970. */
  readonly receivedAt: number;
}

/** An event without its data, which may be large and be there as bytes already. */
export type Envelope = Omit<StreamEvent, 'data'>;

/** The event a draft stands for. A time too far ahead of its receipt is clamped, and what was claimed kept. */
export function envelopeOf(draft: EventDraft, arrival: Arrival, { aheadMs }: Pick<IntakeLimits, 'aheadMs'>): Envelope {
  const { org, origin, receivedAt } = arrival;
  const claimed = draft.time ?? receivedAt;
  const latest = receivedAt + aheadMs;
  return {
    // `specversion` and `id` first: `seen` reads the id without parsing the rest.
    specversion: '1.0',
    id: idOf(org, origin, draft.key),
    source: draft.source,
    type: draft.type,
    subject: draft.subject,
    time: rfc3339Of(Math.min(claimed, latest)),
    org,
    entity: draft.entity,
    origin,
    stream: draft.stream,
    receivedAt: rfc3339Of(receivedAt),
    ...(claimed > latest && { claimedTime: new Date(Math.min(claimed, lastDate)).toISOString() }),
  };
}

/** The same with its data, as readers of the log see it. */
export function eventOf(draft: EventDraft, arrival: Arrival, limits: Pick<IntakeLimits, 'aheadMs'>): StreamEvent {
  return { ...envelopeOf(draft, arrival, limits), data: draft.data };
}

/** The event as a message. `data` is JSON: where a body is the data, it goes into the log as it came. */
export function encodeEvent(envelope: Envelope, data: Buffer): Buffer {
  const head = JSON.stringify(envelope);
  // One allocation: the envelope without its last brace, `,"data":`, the data, and the brace.
  const headBytes = Buffer.byteLength(head) - 1;
  const message = Buffer.allocUnsafe(headBytes + dataKey.length + data.length + 1);
  message.write(head, 0);
  message.write(dataKey, headBytes, 'latin1');
  message.set(data, headBytes + dataKey.length);
  message[message.length - 1] = closingBrace;
  return message;
}

const dataKey = ',"data":';
const closingBrace = 0x7d;

/** Why a draft makes no event that all readers take; undefined where it does. The bounds are those of `streamEventSchema`. */
export function faultOf({ type, source, subject, entity, time }: EventDraft): string | undefined {
  if (type.length > 256) return 'type: longer than 256 characters';
  if (source.length > 2_048) return 'source: longer than 2048 characters';
  if (subject !== null && subject.length > 1_024) return 'subject: longer than 1024 characters';
  if (entity.length === 0 || entity.length > 256) return 'entity: empty, or longer than 256 characters';
  if (time !== undefined && !(time >= firstDate)) return 'time: before the year 1';
  return undefined;
}

/** ClickHouse takes the year 0 for the one we have. */
const firstDate = Date.parse('0001-01-01T00:00:00Z');
/** RFC 3339 has four digits for the year, and ClickHouse refuses more. */
const lastDate = Date.parse('9999-12-31T23:59:59.999Z');
