import { durationMs, type Duration } from '../../core/duration.ts';
import type { KeyedReducer } from '../define.ts';

export interface LanesOptions<I> {
  /** How far behind the key's newest an input may be and still count as in time. */
  readonly allowed: Duration;
  key?(input: I): string;
  /** How long a quiet key's newest and its count are remembered. Default 7d. */
  readonly keepFor?: Duration;
}

export interface Laned<I> {
  readonly input: I;
  readonly lane: 'in time' | 'late';
  /** How far behind the key's newest it is, ms. */
  readonly behindMs: number;
  /** Late ones of this key so far, while it is remembered. */
  readonly lateCount: number;
}

/** The watermark of a key: two numbers. */
export type Lanes = { readonly newest: number; readonly lateCount: number };

/**
 * Parts inputs by the key's own watermark, its newest event time less what is allowed. Also late is what came later than
 * the pipeline waits, by the entity's clock.
 */
export function lanes<I>(options: LanesOptions<I>): KeyedReducer<I, Lanes | null, Laned<I>> {
  const { key = () => '' } = options;
  const allowedMs = durationMs(options.allowed);
  const keepMs = durationMs(options.keepFor ?? '7d');
  return {
    initial: null,
    ttl: `${keepMs + 86_400_000}ms`,
    key,
    on(before, input, { time, late }) {
      const newest = Math.max(before?.newest ?? time, time);
      const behindMs = newest - time;
      const isLate = late || behindMs > allowedMs;
      const lateCount = (before?.lateCount ?? 0) + (isLate ? 1 : 0);
      return {
        state: { newest, lateCount },
        emit: [{ input, lane: isLate ? 'late' : 'in time', behindMs, lateCount }],
        wakeAt: newest + keepMs,
      };
    },
    wake: () => ({ state: undefined, emit: [] }),
  };
}
