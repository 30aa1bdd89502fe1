import { durationMs, type Duration } from '../../core/duration.ts';
import type { KeyedReducer, Step } from '../define.ts';

export interface SilenceOptions<I> {
  /** So many usual intervals without a word are a silence. Default 5. */
  readonly times?: number;
  /** However short the usual interval is, at least so long. */
  readonly atLeast: Duration;
  /** So many intervals and so long it is listened to before a silence is one. Default 10, 1d; 8d where it comes irregularly. */
  readonly intervals?: number;
  readonly after?: Duration;
  key?(input: I): string;
}

/** A key fell silent, or speaks again. Times are event time, ms. */
export interface Silence {
  readonly kind: 'silent' | 'speaking';
  /** The last that came before it. */
  readonly since: number;
  readonly eventId: string;
  /** Usual time between two inputs, a running median, ms. */
  readonly usualMs: number;
  readonly key: string;
  /** For drafts made of it. */
  readonly cause: string;
}

/** How a key is heard of. About 120 bytes. */
export type Heard = {
  /** Of the first. */
  readonly first: number;
  readonly at: number;
  readonly eventId: string;
  readonly intervals: number;
  readonly usualMs: number;
  /** The longest interval of late; fades by half in a month. */
  readonly longestMs: number;
  readonly silent: boolean;
};

/** A pause this much longer than the longest of late is no pause: nights and weekends are quiet. */
const longerThanLongest = 3;
const longestHalfLifeMs = 30 * 86_400_000;
/** What pauses for more than so many usual intervals comes irregularly: a week has to be seen. */
const regularUpTo = 2;
const aWeekMs = 8 * 86_400_000;
const keptMs = 30 * 86_400_000;

/**
 * Learns how often each key comes, and tells on the entity's clock when one that came regularly does not come any more. What
 * comes after a silence is learned anew.
 */
export function silence<I>({
  times = 5,
  atLeast,
  intervals = 10,
  after = '1d',
  key = () => '',
}: SilenceOptions<I>): KeyedReducer<I, Heard | null, Silence> {
  const [atLeastMs, afterMs] = [durationMs(atLeast), durationMs(after)];
  const allowedMs = ({ usualMs, longestMs }: Heard): number =>
    Math.max(times * usualMs, irregular(usualMs, longestMs) ? longerThanLongest * longestMs : 0, atLeastMs);
  const known = ({ first, at, intervals: count, usualMs, longestMs }: Heard): boolean =>
    count >= intervals && at - first >= (irregular(usualMs, longestMs) ? Math.max(afterMs, aWeekMs) : afterMs);

  function waiting(heard: Heard, emit: readonly Silence[]): Step<Heard, Silence> {
    const judged = known(heard) && !heard.silent;
    return { state: heard, emit, ...(judged && { wakeAt: heard.at + allowedMs(heard) }) };
  }

  return {
    initial: null,
    ttl: `${keptMs}ms`,
    key,
    on(before, _input, { time, cause: eventId, key }) {
      if (!before) return waiting(begun(time, eventId), []);
      // What comes late says nothing of how often it comes now.
      if (time <= before.at) return waiting(before, []);
      const heard = before.silent ? begun(time, eventId) : { ...learned(before, time - before.at), at: time, eventId };
      const { at: since, usualMs } = before;
      const back: Silence = { kind: 'speaking', since, eventId, usualMs, key, cause: `${before.eventId}@${time}` };
      return waiting(heard, before.silent ? [back] : []);
    },
    wake(before, { time, key }) {
      if (!before || before.silent) return { state: before, emit: [] };
      const { at: since, eventId, usualMs } = before;
      const gone: Silence = { kind: 'silent', since, eventId, usualMs, key, cause: `${eventId}@${time}` };
      return { state: { ...before, silent: true }, emit: [gone] };
    },
  };
}

const irregular = (usualMs: number, longestMs: number): boolean => longestMs > regularUpTo * usualMs;

/** After a silence as well: it may come otherwise from then on. */
const begun = (at: number, eventId: string): Heard => ({
  first: at,
  at,
  eventId,
  intervals: 0,
  usualMs: 0,
  longestMs: 0,
  silent: false,
});

/** The median moves by a twentieth with each interval, by more while there are few. */
function learned(heard: Heard, interval: number): Heard {
  const intervals = heard.intervals + 1;
  const step = Math.max(0.05, 1 / intervals);
  const usualMs = heard.usualMs === 0 ? interval : heard.usualMs * (1 + step * Math.sign(interval - heard.usualMs));
  return {
    ...heard,
    intervals,
    usualMs,
    longestMs: Math.max(interval, heard.longestMs * 2 ** (-interval / longestHalfLifeMs)),
  };
}
