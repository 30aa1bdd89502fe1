import { WeirError } from '../core/errors.ts';
import type { Log } from '../log/log.ts';
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

export interface StartDeps {
  readonly log: Log;
  readonly sealer: Sealer;
  /** What the hub has read. */
  readonly position: number;
}

const timePattern = /^\d{4}-\d{2}-\d{2}T/;

/** Reads `from`. Throws `cursor-invalid` for a cursor weir did not give to this organisation. */
export async function startOf({ log, sealer, position }: StartDeps, org: string, from: string): Promise<Start> {
  if (from === 'now') return { kind: 'after', sequence: position };
  if (from === 'open') return { kind: 'open' };
  const { created, firstSequence, lastSequence } = await log.info('ALERTS');
  const lostThrough = (sequence: number): Start => ({
    kind: 'after',
    sequence,
    gap: { from, to: sealer.seal(org, created, sequence) },
  });

  if (timePattern.test(from)) {
    const time = Date.parse(from);
    const first = await log.at('ALERTS', firstSequence);
    if (first && firstSequence > 1 && time < first.storedAt) return lostThrough(firstSequence - 1);
    return { kind: 'after', sequence: (await firstStoredFrom(log, time, firstSequence, lastSequence)) - 1 };
  }
  const place = sealer.open(org, created, from);
  if (!place)
    throw new WeirError('cursor-invalid', 'The cursor was not given to this organisation. Start with "open".');
  if (!place.sameLog) return lostThrough(firstSequence - 1);
  // The log ends before it: it was restored to an earlier state, and what stood between is no more.
  if (place.sequence > lastSequence) return lostThrough(lastSequence);
  return { kind: 'after', sequence: place.sequence };
}

/** The first sequence whose message was stored at this time or later, by halving; lastSequence + 1 where none was. */
async function firstStoredFrom(log: Log, time: number, firstSequence: number, lastSequence: number): Promise<number> {
  let low = firstSequence;
  let high = lastSequence + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const message = await log.at('ALERTS', middle);
    if (message && message.storedAt >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}

export interface Chunk {
  readonly entries: readonly Entry[];
  /** Read through this sequence. */
  readonly through: number;
  /** Retention took what lay before this, and a subscriber has not heard it. */
  readonly lostThrough?: number;
}

/**
 * The next transitions of an organisation after a sequence, at most `max`, none beyond `upTo`. Reads by subject: no
 * consumer for each subscriber. That retention took nothing in between is asked last, so it holds for all that was read.
 */
export async function readHistory(log: Log, org: string, after: number, upTo: number, max: number): Promise<Chunk> {
  const entries: Entry[] = [];
  let through = after;
  while (entries.length < max && through < upTo) {
    const message = await log.next('ALERTS', subjects.alertsOf(org), through);
    if (!message || message.sequence > upTo) {
      through = upTo;
      break;
    }
    through = message.sequence;
    entries.push(...readable(message));
  }
  const { firstSequence } = await log.info('ALERTS');
  if (firstSequence <= after + 1) return { entries, through };
  return {
    entries: entries.filter((entry) => entry.sequence >= firstSequence),
    through: Math.max(through, firstSequence - 1),
    lostThrough: firstSequence - 1,
  };
}

/** What the hub passed over and reported, a reader of history passes over as well. */
function readable(message: Parameters<typeof entryOf>[0]): readonly Entry[] {
  try {
    return [entryOf(message)];
  } catch {
    return [];
  }
}
