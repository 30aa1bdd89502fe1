import { z } from 'zod';
import type { JsonObject } from './json.ts';

/** `org` and `source` in addresses and subjects: checked in the configuration and at the door. */
export const namePattern = /^[a-z0-9-]{1,63}$/;

/** What an event is about, and so which pipelines read it. */
export const streams = ['gong', 'hubspot', 'intercom', 'market', 'metrics', 'finance', 'custom'] as const;
export type Stream = (typeof streams)[number];

/**
 * One thing that happened: a CloudEvents 1.0 envelope and what weir adds to it.
 * `id` is the message id, a hash of (org, origin, the provider's key): the same thing told twice has the same id.
 * `time` is when it happened, `receivedAt` when it came through the door; both RFC 3339 UTC.
 * `entity` is whom it is about (`account:brightloom.io`, `service:checkout`): partition, order and lateness follow it.
 */
export interface StreamEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | null;
  readonly time: string;
  readonly org: string;
  readonly entity: string;
  readonly origin: string;
  readonly stream: Stream;
  readonly receivedAt: string;
  /** The time the sender claimed, kept where intake clamped `time` because it lay in the future. */
  readonly claimedTime?: string;
  readonly data: JsonObject;
}

/** What an event is told by where its payload is not wanted. */
export type EventHead = Pick<StreamEvent, 'id' | 'time' | 'type' | 'origin' | 'subject'>;

export const streamEventSchema: z.ZodType<StreamEvent> = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(128),
  source: z.string().min(1).max(2_048),
  type: z.string().min(1).max(256),
  subject: z.string().max(1_024).nullable(),
  time: z.iso.datetime(),
  org: z.string().regex(namePattern),
  entity: z.string().min(1).max(256),
  origin: z.string().regex(namePattern),
  stream: z.enum(streams),
  receivedAt: z.iso.datetime(),
  claimedTime: z.string().exactOptional(),
  data: z.record(z.string(), z.json()),
});

/**
 * A timer on the log: "for this org (and, if named, this entity) it is now at least `time`".
 * It moves clocks so that deadlines of quiet entities pass; it is no event, and the archive does not keep it.
 */
export interface TimerRecord {
  readonly timer: string;
  readonly org: string;
  readonly entity?: string;
  readonly time: string;
}
