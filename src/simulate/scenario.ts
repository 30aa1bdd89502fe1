import type { AlertKind, Severity } from '../core/alert.ts';
import { type Duration, durationMs } from '../core/duration.ts';
import type { Notice } from './notice.ts';

/** An alert that a story causes: of that kind and rule, about that entity, opened within those moments. */
export interface Caused {
  readonly story: string;
  readonly kind: AlertKind;
  readonly entity: string;
  /** The pipeline's rule. */
  readonly rule: string;
  /** Event time, ms, both included: from the first event by which it can be known. */
  readonly from: number;
  readonly to: number;
}

/** One that has to come of it, at least that severe. */
export interface Expected extends Caused {
  readonly minSeverity: Severity;
}

/** What agents who look into it have to name: in a run of that kind about that entity, as of those moments. */
export interface Cause {
  readonly story: string;
  readonly kind: string;
  readonly entity: string;
  /** Event time, ms, both included. */
  readonly from: number;
  readonly to: number;
  /** A finding about that entity whose title or detail it matches names it. */
  readonly says: RegExp;
}

/** A story told as a timetable: what is sent when, which alerts it has to cause, which others it may well cause, and what it comes of. */
export interface Timetable {
  readonly name: string;
  readonly notices: readonly Notice[];
  readonly expected: readonly Expected[];
  readonly also: readonly Caused[];
  readonly causes: readonly Cause[];
}

export interface Telling {
  /** Event time a story's moment falls on, ms, whole seconds. */
  time(after: Duration): number;
  /** `at('9d').send((now) => notice, …)`: every one of them at that moment, in that order. */
  at(after: Duration): { send(...make: readonly Made[]): void };
  /** `every('1h', '2d', '4d').send((now) => notice)`: from the first, by the step, up to but without the last. */
  every(step: Duration, from: Duration, to: Duration): { send(make: Made): void };
  /**
   * `between('9d', '12d').expect({…})`: has to be opened within those moments; `.also({…}, …)`: may be. `.because({…})`: runs as of
   * those moments have to name it.
   */
  between(
    from: Duration,
    to: Duration,
  ): {
    expect(alert: Omit<Expected, 'story' | 'from' | 'to'>): void;
    also(...alerts: readonly Omit<Caused, 'story' | 'from' | 'to'>[]): void;
    because(cause: Omit<Cause, 'story' | 'from' | 'to'>): void;
  };
}

/** One notification, or several that follow from it, each with its own time. */
type Made = (now: number) => Notice | readonly Notice[];

/** Tells a story from `start` (ms since 1970) on. What falls on the same second stays in the order it was told. */
export function tell(name: string, start: number, story: (telling: Telling) => void): Timetable {
  const notices: Notice[] = [];
  const expected: Expected[] = [];
  const also: Caused[] = [];
  const causes: Cause[] = [];
  const time = (after: Duration) => Math.floor((start + durationMs(after)) / 1_000) * 1_000;

  story({
    time,
    at: (after) => ({ send: (...make) => notices.push(...make.flatMap((each) => each(time(after)))) }),
    every: (step, from, to) => ({
      send: (make) => {
        for (let at = time(from); at < time(to); at += durationMs(step)) notices.push(...[make(at)].flat());
      },
    }),
    between: (from, to) => ({
      expect: (alert) => expected.push({ story: name, ...alert, from: time(from), to: time(to) }),
      also: (...alerts) =>
        also.push(...alerts.map((alert) => ({ story: name, ...alert, from: time(from), to: time(to) }))),
      because: (cause) => causes.push({ story: name, ...cause, from: time(from), to: time(to) }),
    }),
  });
  return { name, notices: notices.sort((a, b) => a.at - b.at), expected, also, causes };
}
