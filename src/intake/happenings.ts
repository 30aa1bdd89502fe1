import type { DeadLetter } from '../core/dead-letter.ts';
import type { ErrorCode } from '../core/errors.ts';

/**
 * What became of events at the door. `received = ignored + rejected + accepted`, where
 * `accepted = stored + duplicates + dead`.
 */
export interface Tally {
  readonly received: number;
  /** Authentic and not wanted: pings, test calls. */
  readonly ignored: number;
  /** Answered with an error: a broken CloudEvent and all of its batch, over the rate, not acknowledged by the log. */
  readonly rejected: number;
  /** Of those rejected: the log did not answer for them. It may have kept them all the same. */
  readonly unacknowledged: number;
  /** New in the log. */
  readonly stored: number;
  /** In the log already. */
  readonly duplicates: number;
  /** In the dead letters. */
  readonly dead: number;
}

export const nothing: Tally = {
  received: 0,
  ignored: 0,
  rejected: 0,
  unacknowledged: 0,
  stored: 0,
  duplicates: 0,
  dead: 0,
};

/** What intake tells of itself. */
export interface IntakeHappenings {
  /** The events of one request or message were told apart and each got its answer. */
  eventsReceived(org: string, origin: string, tally: Tally): void;
  /** A request was refused before its events could be told apart; it is counted as a request. */
  requestRefused(org: string, origin: string, code: ErrorCode): void;
  /** An event claimed a time too far ahead. */
  timeClamped(origin: string): void;
  deadLettered(letter: DeadLetter): void;
  /** The projection of what was seen starts over, and why: intake is not ready until it is done. */
  seenRebuilt(reason: string): void;
  /** Remembered ids in all. */
  seenSize(ids: number): void;
  /** Ids were forgotten before their time, because the org had too many. */
  seenEvicted(org: string, ids: number): void;
  /** The disk did not take what was seen; it is tried again after `delayMs`. */
  seenFailed(reason: string, delayMs: number): void;
  /** A message from INTAKE could not be kept; it is tried again after `delayMs`. */
  intakeDelayed(code: ErrorCode, delayMs: number): void;
}
