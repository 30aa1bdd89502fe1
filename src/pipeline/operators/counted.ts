import type { OperatorFunction } from 'rxjs';
import { durationMs, type Duration } from '../../core/duration.ts';
import type { State } from '../define.ts';

export interface CountedOptions<I> {
  /** What counts. */
  match(input: I): boolean;
  /** What starts the count anew: a payment ends a run of failed ones. Judged before `match`. */
  resets?(input: I): boolean;
  /** Sliding, in event time, ending at the input. */
  readonly within: Duration;
  key?(input: I): string;
  /** How many are remembered at most; older ones drop out of the count. Default 100. */
  readonly atMost?: number;
}

export interface Counted<I> {
  readonly input: I;
  /** How many within the window, this one included. */
  readonly count: number;
  /** The events counted, oldest first. */
  readonly eventIds: readonly string[];
}

/** Counts what matches in a sliding window and emits on each match. */
export function counted<I>(state: State, name: string, options: CountedOptions<I>): OperatorFunction<I, Counted<I>> {
  const withinMs = durationMs(options.within);
  const { key = () => '', atMost = 100 } = options;
  return state.keyed<I, readonly Hit[], Counted<I>>(`counted:${name}`, {
    initial: [],
    ttl: options.within,
    key,
    on(hits, input, moment) {
      if (options.resets?.(input)) return { state: undefined, emit: [] };
      if (!options.match(input)) return { state: hits, emit: [] };
      const recent = [...hits, { at: moment.time, eventId: moment.cause }]
        .filter((hit) => hit.at > moment.time - withinMs)
        .slice(-atMost);
      return { state: recent, emit: [{ input, count: recent.length, eventIds: recent.map((hit) => hit.eventId) }] };
    },
  });
}

type Hit = { readonly at: number; readonly eventId: string };
