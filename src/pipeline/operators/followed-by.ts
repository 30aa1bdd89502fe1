import type { OperatorFunction } from 'rxjs';
import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';

export interface FollowedByOptions<I, F extends Json> {
  /** The first of the two, and what to remember of it. A later first takes the earlier one's place. */
  first(input: I): F | undefined;
  second(input: I): boolean;
  readonly within: Duration;
  key?(input: I): string;
}

export interface Followed<I, F> {
  readonly first: F;
  readonly firstEventId: string;
  readonly input: I;
}

/** Tells when one thing follows another in time; each first is used once. */
export function followedBy<I, F extends Json>(
  state: State,
  name: string,
  options: FollowedByOptions<I, F>,
): OperatorFunction<I, Followed<I, F>> {
  const withinMs = durationMs(options.within);
  const { key = () => '' } = options;
  return state.keyed<I, First<F> | null, Followed<I, F>>(`followedBy:${name}`, {
    initial: null,
    ttl: options.within,
    key,
    on(seen, input, moment) {
      const follows = seen !== null && options.second(input) && moment.time <= seen.at + withinMs;
      const first = options.first(input);
      const next = first === undefined ? (follows ? null : seen) : { first, eventId: moment.cause, at: moment.time };
      return {
        state: next ?? undefined,
        emit: follows ? [{ first: seen.first, firstEventId: seen.eventId, input }] : [],
      };
    },
  });
}

type First<F extends Json> = { readonly first: F; readonly eventId: string; readonly at: number };
