import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer } from '../define.ts';

export interface SlidingOptions<I, T extends Json> {
  /** What to remember of an input; undefined: it is not in the window, and the window is not told. */
  remember(input: I): T | undefined;
  readonly within: Duration;
  key?(input: I): string;
  /** How many are remembered at most; beyond, the oldest drop out of the window. Default 100. */
  readonly atMost?: number;
}

/** The window (time of the input − within, time of the input]. */
export interface SlidingWindow<I, T> {
  readonly input: I;
  /** Oldest first, this one included. */
  readonly items: readonly T[];
  readonly eventIds: readonly string[];
  /** False where `atMost` may have left out some that are within. */
  readonly whole: boolean;
}

/** What is remembered of a key, in order of event time: `atMost` at most. */
export type Slid<T extends Json> = { readonly items: readonly Item<T>[]; readonly cutAt: number | null };
type Item<T extends Json> = { readonly at: number; readonly eventId: string; readonly item: T };

/**
 * Tells the window that ends at each input. One that comes late gets the window that ended at its own time, as far as it
 * is remembered still, and is in the windows of those after it.
 */
export function sliding<I, T extends Json>(
  options: SlidingOptions<I, T>,
): KeyedReducer<I, Slid<T>, SlidingWindow<I, T>> {
  const { key = () => '', atMost = 100 } = options;
  const withinMs = durationMs(options.within);
  return {
    initial: { items: [], cutAt: null },
    ttl: `${withinMs + 86_400_000}ms`,
    key,
    on({ items, cutAt }, input, { time, cause: eventId }) {
      const item = options.remember(input);
      const newest = items.at(-1)?.at ?? time;
      if (item === undefined) {
        return items.length === 0
          ? { state: undefined, emit: [] }
          : { state: { items, cutAt }, emit: [], wakeAt: newest + withinMs };
      }
      const place = items.findLastIndex(({ at }) => at <= time) + 1;
      const all = items.toSpliced(place, 0, { at: time, eventId, item });
      const inWindow = all.slice(0, place + 1).filter(({ at }) => at > time - withinMs);
      const now = Math.max(newest, time);
      const live = all.filter(({ at }) => at > now - withinMs);
      // Of what is cut off now, the newest: windows that reach back beyond it are not whole.
      const cut = live.at(-atMost - 1)?.at ?? cutAt;
      const told = inWindow.slice(-atMost);
      return {
        state: { items: live.slice(-atMost), cutAt: cut },
        emit: [
          {
            input,
            items: told.map(({ item }) => item),
            eventIds: told.map(({ eventId }) => eventId),
            whole: told.length === inWindow.length && (cutAt === null || cutAt <= time - withinMs),
          },
        ],
        wakeAt: now + withinMs,
      };
    },
    wake: () => ({ state: undefined, emit: [] }),
  };
}
