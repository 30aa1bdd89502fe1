import type { Clock } from '../core/clock.ts';

/** How many events each organisation may send: a bucket that fills at its rate and holds two seconds of it, or one full batch. */
export interface RateLimiter {
  /** Takes as many events, all or none. 0, or the seconds to wait before asking again. */
  take(org: string, eventsPerSecond: number, events: number): number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** `largestBatch`: a bucket holds at least so many, or such a batch could never pass. Buckets are as many as organisations are configured. */
export function createRateLimiter(clock: Clock, largestBatch: number): RateLimiter {
  const buckets = new Map<string, Bucket>();
  return {
    take: (org, eventsPerSecond, events) => {
      const now = clock.now();
      const capacity = Math.max(2 * eventsPerSecond, largestBatch);
      const filled = filledBy(buckets.get(org), now, eventsPerSecond, capacity);
      const enough = filled >= events;
      buckets.set(org, { tokens: enough ? filled - events : filled, at: now });
      return enough ? 0 : Math.max(1, Math.ceil((events - filled) / eventsPerSecond));
    },
  };
}

function filledBy(bucket: Bucket | undefined, now: number, eventsPerSecond: number, capacity: number): number {
  if (!bucket) return capacity;
  const elapsedMs = Math.max(0, now - bucket.at);
  return Math.min(capacity, bucket.tokens + (elapsedMs * eventsPerSecond) / 1000);
}
