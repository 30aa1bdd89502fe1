import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer, Step } from '../define.ts';
import { closed, grown, opened, type ClosedWindow, type Folding, type OpenWindow } from './windows.ts';

export interface SessionOptions<I, S extends Json> extends Folding<I, S> {
  /** A session ends when nothing came for so long. */
  readonly gap: Duration;
  /** And when it has gone on for so long; what comes then begins another. Default 7d. */
  readonly atMost?: Duration;
}

/** One open session of a key, and where the last one ended. */
export type Sessions<S extends Json> = {
  readonly open: OpenWindow<S> | null;
  /** Event time of the newest input or deadline, ms. */
  readonly passed: number;
};

/** So long it is remembered that a session has ended: what comes late must not begin another in its place. */
const rememberedMs = 86_400_000;

/** Sums up what comes without a gap. A late input joins the session that is open if it is near enough, or is left out. */
export function sessions<I, S extends Json>(
  options: SessionOptions<I, S>,
): KeyedReducer<I, Sessions<S> | null, ClosedWindow<S>> {
  const { key = () => '' } = options;
  const gapMs = durationMs(options.gap);
  const atMostMs = durationMs(options.atMost ?? '7d');

  const left = (state: Sessions<S>): Step<Sessions<S>, never> =>
    state.open ? { state, emit: [], wakeAt: Math.min(state.open.last + gapMs, state.open.until) } : { state, emit: [] };

  return {
    initial: null,
    ttl: `${gapMs + rememberedMs}ms`,
    key,
    on(before, input, { time }) {
      const passed = Math.max(before?.passed ?? time, time);
      const open = before?.open ?? null;
      if (open) return left({ open: time > open.start - gapMs ? grown(open, options, input, time) : open, passed });
      return left({ open: time < passed ? null : opened(options, input, time, time + atMostMs), passed });
    },
    wake(before, moment) {
      if (!before?.open) return { state: undefined, emit: [] };
      const { open } = before;
      const why = moment.time < open.until ? 'gap' : 'time';
      return {
        state: { open: null, passed: Math.max(before.passed, moment.time) },
        emit: [closed(open, moment.time, why, moment)],
      };
    },
  };
}
