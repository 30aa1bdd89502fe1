import { durationMs, type Duration } from '../../core/duration.ts';
import type { Json } from '../../core/json.ts';
import type { KeyedReducer, Moment } from '../define.ts';

export interface PaceOptions<I, T extends Json> {
  /** What to tell of an input: the part of it that may have to wait. */
  remember(input: I): T;
  key?(input: I): string;
}

export interface ThrottleOptions<I, T extends Json> extends PaceOptions<I, T> {
  readonly every: Duration;
}

export interface DebounceOptions<I, T extends Json> extends PaceOptions<I, T> {
  /** Told when nothing came for so long. */
  readonly quiet: Duration;
  /** Told at the latest so long after the first. Default 30d. */
  readonly atMost?: Duration;
}

export interface CooldownOptions<I> {
  readonly quiet: Duration;
  key?(input: I): string;
}

/** An input that passed, and how many were held back after the one before it. */
export interface Cooled<I> {
  readonly input: I;
  /** 0 where the one before it is longer ago than twice `quiet`. */
  readonly heldBack: number;
}

/** One input told for several. */
export interface Paced<T> {
  readonly item: T;
  readonly eventId: string;
  /** How many it stands for: itself, and those since the last that was told. */
  readonly count: number;
  readonly key: string;
  /** For drafts made of it. */
  readonly cause: string;
}

/** What is remembered of a key: when it was told last, the latest since then, and how many. */
type Latest<T extends Json> = {
  readonly item: T;
  readonly eventId: string;
  readonly at: number;
  readonly count: number;
};
export type Throttled<T extends Json> = {
  readonly toldAt: number;
  /** Event time of the newest that was told. */
  readonly newest: number;
  readonly latest: Latest<T> | null;
};
export type Debounced<T extends Json> = Latest<T> & { readonly since: number };
export type Cooling = { readonly passedAt: number; readonly heldBack: number };

const dayMs = 86_400_000;

/**
 * The first at once, then at most one in `every`: the latest, when the time is up. What is late takes no newer one's place.
 */
export function throttle<I, T extends Json>(
  options: ThrottleOptions<I, T>,
): KeyedReducer<I, Throttled<T> | null, Paced<T>> {
  const { remember, key = () => '' } = options;
  const everyMs = positiveMs(options.every);
  return {
    initial: null,
    ttl: `${everyMs + dayMs}ms`,
    key,
    on(before, input, moment) {
      const { time } = moment;
      if (before) {
        const wakeAt = before.toldAt + everyMs;
        // What is older than what was told already stands for nothing any more.
        if (!before.latest && time < before.newest) return { state: before, emit: [], wakeAt };
        return { state: { ...before, latest: latestOf(before.latest, remember, input, moment) }, emit: [], wakeAt };
      }
      const seen = latestOf(null, remember, input, moment);
      const state = { toldAt: time, newest: time, latest: null };
      return { state, emit: [tell(seen, moment.key)], wakeAt: time + everyMs };
    },
    wake(before, { time: toldAt, key }) {
      const latest = before?.latest;
      if (!latest) return { state: undefined, emit: [] };
      const state = { toldAt, newest: latest.at, latest: null };
      return { state, emit: [tell(latest, key, toldAt)], wakeAt: toldAt + everyMs };
    },
  };
}

/** The latest, once it has been quiet for long enough. What is late is counted, and neither the latest nor a disturbance. */
export function debounce<I, T extends Json>(
  options: DebounceOptions<I, T>,
): KeyedReducer<I, Debounced<T> | null, Paced<T>> {
  const { remember, key = () => '' } = options;
  const quietMs = positiveMs(options.quiet);
  const atMostMs = durationMs(options.atMost ?? '30d');
  return {
    initial: null,
    ttl: `${Math.max(quietMs, atMostMs) + dayMs}ms`,
    key,
    on(before, input, moment) {
      const latest = latestOf(before, remember, input, moment);
      const since = before?.since ?? moment.time;
      return { state: { ...latest, since }, emit: [], wakeAt: Math.min(latest.at + quietMs, since + atMostMs) };
    },
    wake: (before, { time, key }) => ({ state: undefined, emit: before ? [tell(before, key, time)] : [] }),
  };
}

/**
 * Lets one pass and then none for so long, however many come. What is late never begins a time of its own while another
 * runs.
 */
export function cool<I>(options: CooldownOptions<I>): KeyedReducer<I, Cooling | null, Cooled<I>> {
  const { key = () => '' } = options;
  const quietMs = positiveMs(options.quiet);
  return {
    initial: null,
    ttl: `${quietMs * 2 + dayMs}ms`,
    key,
    on(before, input, { time }) {
      if (before && time < before.passedAt + quietMs) {
        return { state: { ...before, heldBack: before.heldBack + 1 }, emit: [], wakeAt: before.passedAt + quietMs * 2 };
      }
      return {
        state: { passedAt: time, heldBack: 0 },
        emit: [{ input, heldBack: before?.heldBack ?? 0 }],
        wakeAt: time + quietMs * 2,
      };
    },
    wake: () => ({ state: undefined, emit: [] }),
  };
}

function latestOf<I, T extends Json>(
  before: Latest<T> | null,
  remember: (input: I) => T,
  input: I,
  { time: at, cause: eventId }: Moment,
): Latest<T> {
  const count = (before?.count ?? 0) + 1;
  if (before && at < before.at) return { ...before, count };
  return { item: remember(input), eventId, at, count };
}

/** What is told at once is caused by its event, what is told later by the event and the moment. */
function tell<T extends Json>({ item, eventId, count }: Latest<T>, key: string, at?: number): Paced<T> {
  return { item, eventId, count, key, cause: at === undefined ? eventId : `${eventId}@${at}` };
}

function positiveMs(duration: Duration): number {
  const ms = durationMs(duration);
  if (ms > 0) return ms;
  throw new RangeError(`${duration} is no time to wait`);
}
