import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer } from '../define.ts';
import { closed, grown, opened, type ClosedWindow, type Folding, type OpenWindow } from './windows.ts';

export interface SpellOptions<I, S extends Json> extends Folding<I, S> {
  /** Begins a window, and is in it. */
  opens(input: I): boolean;
  /** Ends it, and is in it still. Asked of the input that begins it, too. */
  closes(input: I): boolean;
  /** Told as it is when it has been open for so long. Default 30d. */
  readonly atMost?: Duration;
}

/**
 * Sums up all inputs from one that opens a window to one that closes it. A late input is not added, opens nothing and
 * closes nothing: what it would have meant in its time cannot be told any more.
 */
export function spell<I, S extends Json>(
  options: SpellOptions<I, S>,
): KeyedReducer<I, OpenWindow<S> | null, ClosedWindow<S>> {
  const { key = () => '' } = options;
  const atMostMs = durationMs(options.atMost ?? '30d');
  return {
    initial: null,
    ttl: `${atMostMs + 86_400_000}ms`,
    key,
    on(open, input, moment) {
      const { time, late } = moment;
      const isLate = late || (open !== null && time < open.last);
      if (isLate || (!open && !options.opens(input))) {
        return open ? { state: open, emit: [], wakeAt: open.until } : { state: undefined, emit: [] };
      }
      const window = open ? grown(open, options, input, time) : opened(options, input, time, time + atMostMs);
      if (!options.closes(input)) return { state: window, emit: [], wakeAt: window.until };
      return { state: undefined, emit: [closed(window, time, 'ended', moment)] };
    },
    wake: (open, moment) => ({ state: undefined, emit: open ? [closed(open, moment.time, 'time', moment)] : [] }),
  };
}
