import type { OperatorFunction } from 'rxjs';
import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { State } from '../define.ts';

export interface AbsentOptions<I, W extends Json> {
  /** Starts (or starts anew) the waiting and says what to remember of it; undefined: this input starts nothing. */
  awaiting(input: I): W | undefined;
  /** What ends the waiting. Judged before `awaiting`, so an input may end one waiting and start the next. */
  ends(input: I): boolean;
  readonly within: Duration;
  /** The same in ms, where it hangs on what is set: asked with each input. */
  waitsMs?(): number;
  /** Which key of the entity (a deal, a conversation). */
  key?(input: I): string;
}

/** Something that did not come: what was remembered of the input that awaited it, and when its time was up (event time, ms). */
export interface Absence<W> {
  readonly awaited: W;
  readonly since: number;
  readonly deadline: number;
  /** For drafts made of it: (awaited event, deadline), never the record that moved time. */
  readonly cause: string;
  readonly eventId: string;
  readonly key: string;
}

/**
 * Tells when what is awaited does not come in time: no reply within two days, no activity on a deal for two weeks.
 * An input older than the one that is waited since says nothing of what came after that, and changes nothing.
 */
export function absent<I, W extends Json>(
  state: State,
  name: string,
  options: AbsentOptions<I, W>,
): OperatorFunction<I, Absence<W>> {
  const withinMs = durationMs(options.within);
  const { key = () => '', waitsMs = () => withinMs } = options;
  return state.keyed<I, Waiting<W> | null, Absence<W>>(`absent:${name}`, {
    initial: null,
    ttl: `${withinMs + 86_400_000}ms`,
    key,
    on(waiting, input, moment) {
      if (waiting && moment.time < waiting.since)
        return { state: waiting, emit: [], wakeAt: waiting.since + waitsMs() };
      const open = waiting && options.ends(input) ? null : waiting;
      const awaited = options.awaiting(input);
      const next = awaited === undefined ? open : { awaited, eventId: moment.cause, since: moment.time };
      return { state: next ?? undefined, emit: [], ...(next && { wakeAt: next.since + waitsMs() }) };
    },
    wake(waiting, moment) {
      if (!waiting) return { state: undefined, emit: [] };
      const { awaited, eventId, since } = waiting;
      const deadline = moment.time;
      return {
        state: undefined,
        emit: [{ awaited, since, deadline, eventId, key: moment.key, cause: `${eventId}@${deadline}` }],
      };
    },
  });
}

type Waiting<W extends Json> = { readonly awaited: W; readonly eventId: string; readonly since: number };
