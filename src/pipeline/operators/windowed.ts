import type { OperatorFunction } from 'rxjs';
import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';

export interface WindowedOptions<I, S extends Json> {
  /** Tumbling: windows are [k·size, (k+1)·size) since 1970, UTC. */
  readonly size: Duration;
  readonly initial: S;
  add(sum: S, input: I): S;
  key?(input: I): string;
}

/** A closed window. `cause` names it for drafts made of it. */
export interface Window<S> {
  readonly start: number;
  readonly end: number;
  readonly sum: S;
  readonly count: number;
  readonly key: string;
  readonly cause: string;
}

/**
 * Sums up what happens in tumbling windows and emits each once, when the entity's clock passes its end.
 * An input that comes when its window is closed already is not added: the runtime counts and shows it as late.
 */
export function windowed<I, S extends Json>(
  state: State,
  name: string,
  options: WindowedOptions<I, S>,
): OperatorFunction<I, Window<S>> {
  const sizeMs = durationMs(options.size);
  const { key = () => '' } = options;
  return state.keyed<I, Open<S> | null, Window<S>>(`windowed:${name}`, {
    initial: null,
    ttl: `${sizeMs * 2}ms`,
    key,
    on(open, input, moment) {
      const start = Math.floor(moment.time / sizeMs) * sizeMs;
      if (open && start < open.start) return { state: open, emit: [], wakeAt: open.start + sizeMs };
      const window = open ?? { start, sum: options.initial, count: 0 };
      const next = { start: window.start, sum: options.add(window.sum, input), count: window.count + 1 };
      return { state: next, emit: [], wakeAt: next.start + sizeMs };
    },
    wake(open, moment) {
      if (!open) return { state: undefined, emit: [] };
      const { start, sum, count } = open;
      const end = start + sizeMs;
      return {
        state: undefined,
        emit: [{ start, end, sum, count, key: moment.key, cause: `[${start},${end})/${moment.key}` }],
      };
    },
  });
}

type Open<S extends Json> = { readonly start: number; readonly sum: S; readonly count: number };
