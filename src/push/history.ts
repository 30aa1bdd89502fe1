import { WeirError } from '../core/errors.ts';
import { rfc3339Ms } from '../core/time.ts';
import type { Log, LogMessage } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import type { Sealer } from './cursor.ts';
import { entryOf, type Entry } from './entry.ts';

/** Where a subscription starts: with a snapshot, or after a sequence; `gap` is what it asked for and is no more. */
export type Start =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'after';
      readonly sequence: number;
      readonly gap?: { readonly from: string; readonly to: string };
    };

export type PushedStream = 'ALERTS' | 'RUNS';

/** What a cursor is sealed with: a place in one stream is none in another, though both were made at once. */
export const sealedStream = (stream: PushedStream, created: string): string =>
  stream === 'ALERTS' ? created : `${stream} ${created}`;

export interface StartDeps {
  readonly log: Log;
  readonly sealer: Sealer;
  /** What the hub has read. */
  readonly position: number;
  readonly stream: PushedStream;
}

const timePattern = /^\d{4}-\d{2}-\d{2}T/;

/** Reads `from`. Throws `cursor-invalid` for a cursor weir did not give to this organisation, `request-malformed` for a time that is none. */
export async function startOf({ log, sealer, position, stream }: StartDeps, org: string, from: string): Promise<Start> {
  if (from === 'now') return { kind: 'after', sequence: position };
  if (from === 'open') return { kind: 'open' };
  const { created, firstSequence, lastSequence } = await log.info(stream);
  const sealed = sealedStream(stream, created);
  const lostThrough = (sequence: number): Start => ({
    kind: 'after',
    sequence,
    gap: { from, to: sealer.seal(org, sealed, sequence) },
  });

  if (timePattern.test(from)) {
    const time = rfc3339Ms(from);
    if (time === undefined) {
      throw new WeirError('request-malformed', `${from} is no time of RFC 3339, as 2026-03-02T08:00:00Z is one.`);
    }
    const first = await log.at(stream, firstSequence);
    if (first && firstSequence > 1 && time < first.storedAt) return lostThrough(firstSequence - 1);
    return { kind: 'after', sequence: (await firstStoredFrom(log, stream, time, firstSequence, lastSequence)) - 1 };
  }
  const place = sealer.open(org, sealed, from);
  if (!place)
    throw new WeirError(
      'cursor-invalid',
      'No such cursor was given to this organisation; from is "open", "now", a time such as 2026-03-01T12:00:00Z, or a cursor.',
    );
  if (!place.sameLog) return lostThrough(firstSequence - 1);
  // The log ends before it: it was restored to an earlier state, and what stood between is no more.
  if (place.sequence > lastSequence) return lostThrough(lastSequence);
  return { kind: 'after', sequence: place.sequence };
}

/** The first sequence whose message was stored at this time or later, by halving; lastSequence + 1 where none was. */
async function firstStoredFrom(
  log: Log,
  stream: PushedStream,
  time: number,
  firstSequence: number,
  lastSequence: number,
): Promise<number> {
  let low = firstSequence;
  let high = lastSequence + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const message = await log.at(stream, middle);
    if (message && message.storedAt >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whose messages are read, and what they are. */
export interface Source<E> {
  readonly stream: PushedStream;
  /** Those of one organisation. */
  readonly subject: string;
  /** Throws where the message is none. */
  entryOf(message: LogMessage): E;
}

export const alertsOf = (org: string): Source<Entry> => ({
  stream: 'ALERTS',
  subject: subjects.alertsOf(org),
  entryOf,
});

export interface Chunk<E> {
  readonly entries: readonly E[];
  /** Read through this sequence. */
  readonly through: number;
  /** Retention took what lay before this, and a subscriber has not heard it. */
  readonly lostThrough?: number;
}

/**
 * The next transitions of an organisation after a sequence, at most `max`, none beyond `upTo`. Reads by subject: no
 * consumer for each subscriber. That retention took nothing in between is asked last, so it holds for all that was read.
 */
export async function readHistory<E extends { readonly sequence: number }>(
  log: Log,
  source: Source<E>,
  after: number,
  upTo: number,
  max: number,
): Promise<Chunk<E>> {
  const { stream, subject } = source;
  const entries: E[] = [];
  let through = after;
  while (entries.length < max && through < upTo) {
    const message = await log.next(stream, subject, through);
    if (!message || message.sequence > upTo) {
      through = upTo;
      break;
    }
    through = message.sequence;
    entries.push(...readable(source, message));
  }
  const { firstSequence } = await log.info(stream);
  if (firstSequence <= after + 1) return { entries, through };
  return {
    entries: entries.filter((entry) => entry.sequence >= firstSequence),
    through: Math.max(through, firstSequence - 1),
    lostThrough: firstSequence - 1,
  };
}

/** What the hub passed over and reported, a reader of history passes over as well. */
function readable<E>(source: Source<E>, message: LogMessage): readonly E[] {
  try {
    return [source.entryOf(message)];
  } catch {
    return [];
  }
}
