import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer } from '../define.ts';
import { closed, grown, opened, type ClosedWindow, type Folding, type OpenWindow } from './windows.ts';

export interface FilledOptions<I, S extends Json> extends Folding<I, S> {
  /** So many inputs fill a window. */
  readonly size: number;
  /** Told as it is when it has been open for so long. Default 30d. */
  readonly atMost?: Duration;
}

/** One open window of a key, and the event that began it. */
export type Filling<S extends Json> = OpenWindow<S> & { readonly firstEventId: string };

/** Sums up so many inputs at a time, in the order they come: what is late is counted like any other. */
export function filled<I, S extends Json>(
  options: FilledOptions<I, S>,
): KeyedReducer<I, Filling<S> | null, ClosedWindow<S>> {
  const { size, key = () => '' } = options;
  const atMostMs = durationMs(options.atMost ?? '30d');
  if (!(size >= 1)) throw new RangeError(`a window of ${size} inputs is none`);

  /** Named for the event it began with: late ones may share their times with another window. */
  const told = (window: Filling<S>, end: number, why: 'full' | 'time', key: string): ClosedWindow<S> => ({
    ...closed(window, end, why, { key }),
    cause: `${window.firstEventId}+${window.count}/${key}`,
  });

  return {
    initial: null,
    ttl: `${atMostMs + 86_400_000}ms`,
    key,
    on(before, input, { time, cause, key }) {
      const window = before
        ? { ...grown(before, options, input, time), firstEventId: before.firstEventId }
        : { ...opened(options, input, time, time + atMostMs), firstEventId: cause };
      if (window.count < size) return { state: window, emit: [], wakeAt: window.until };
      return { state: undefined, emit: [told(window, window.last, 'full', key)] };
    },
    wake: (before, { time, key }) => ({ state: undefined, emit: before ? [told(before, time, 'time', key)] : [] }),
  };
}
