import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogMessage, LogReader, ReadOptions, StreamName } from '../log.ts';
import { beyondEnd } from '../position.ts';
import { subjectMatches } from '../subjects.ts';
import type { Recent } from '../recent.ts';
import { decodeSegment } from './segment.ts';
import { groupOf, segmentAt, segmentsOf, stateOf, type State, type Store } from './store.ts';
import { holdsAfter, type WaitingReaders } from './waiting.ts';

/** What is committed. */
export interface Committed {
  readonly store: Store;
  state(): State;
  readonly recent: Recent;
  readonly waiting: WaitingReaders;
}

/** A batch ends here even when more messages were asked for. */
const batchBytesMax = 16 * 1024 * 1024;

export function createEmbeddedReader(committed: Committed, stream: StreamName, options: ReadOptions): LogReader {
  const closing = new AbortController();
  let position = options.after;

  return {
    async next({ waitMs } = {}) {
      const mismatch = beyondEnd(stream, position, stateOf(committed.state(), stream).last);
      if (mismatch) throw mismatch;
      // A turn of the event loop, or a reader that is catching up would keep everything else from running.
      if (holdsAfter(stateOf(committed.state(), stream), position)) await nextTurn();
      else if (!(await committed.waiting.until(stream, position, { waitMs, signal: closing.signal }))) return [];
      if (closing.signal.aborted) return [];

      const batch = messagesAfter(committed, stream, position, options.maxMessages);
      position = batch.at(-1)?.sequence ?? position;
      // Retention may have taken in this turn what was there a turn ago.
      return batch.length > 0 ? batch : this.next(waitMs === undefined ? {} : { waitMs });
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}

function messagesAfter(
  { store, state, recent }: Committed,
  stream: StreamName,
  after: number,
  maxMessages: number,
): LogMessage[] {
  const { first, last } = stateOf(state(), stream);
  const from = Math.max(after + 1, first);
  const kept = recent.from(stream, from, maxMessages);
  if (kept) return kept;

  const segments = segmentsOf(store, stream);
  const start = segmentAt(segments, from);
  const batch: LogMessage[] = [];
  if (start === undefined || from > last) return batch;

  let bytes = 0;
  for (const { key, value } of segments.getRange({ start })) {
    const to = Math.min(last, from + maxMessages - 1);
    batch.push(...decodeSegment(key, value, from, to));
    bytes += value.length;
    if (batch.length >= maxMessages || batch.at(-1)?.sequence === last || bytes >= batchBytesMax) break;
  }
  return batch;
}

export function messageAt({ store, state }: Committed, stream: StreamName, sequence: number): LogMessage | undefined {
  const { first, last } = stateOf(state(), stream);
  if (sequence < first || sequence > last) return undefined;
  const segments = segmentsOf(store, stream);
  const key = segmentAt(segments, sequence);
  const segment = key === undefined ? undefined : segments.get(key);
  return key === undefined || segment === undefined ? undefined : decodeSegment(key, segment, sequence, sequence)[0];
}

export function lastMessage(committed: Committed, stream: StreamName, subject: string): LogMessage | undefined {
  return messageAt(committed, stream, committed.store.lasts.get(subject) ?? 0);
}

/** Segments looked through before the event loop gets its turn. */
const segmentsPerTurn = 64;

/**
 * The first match after a sequence. A pattern whose first three tokens are plain goes by the index of segments, any
 * other looks through them all. Of a subject its last message is known, and a segment that does not name it is not taken apart.
 */
export async function nextMessage(
  committed: Committed,
  stream: StreamName,
  pattern: string,
  after: number,
): Promise<LogMessage | undefined> {
  const subject = /[*>]/.test(pattern) ? undefined : Buffer.from(pattern);
  if (subject && (committed.store.lasts.get(pattern) ?? 0) <= after) return undefined;
  const segments = segmentsOf(committed.store, stream);
  let start = segmentAt(segments, Math.max(after + 1, stateOf(committed.state(), stream).first));
  while (start !== undefined) {
    const candidates = candidatesFrom(committed.store, stream, pattern, start);
    for (const key of candidates) {
      const { first, last } = stateOf(committed.state(), stream);
      const segment = segments.get(key);
      if (!segment || (subject && !segment.includes(subject))) continue;
      const messages = decodeSegment(key, segment, Math.max(after + 1, first), last);
      const found = messages.find((message) => subjectMatches(pattern, message.subject));
      if (found) return found;
    }
    const lastKey = candidates.at(-1);
    start = candidates.length < segmentsPerTurn || lastKey === undefined ? undefined : lastKey + 1;
    await nextTurn();
  }
  return undefined;
}

function candidatesFrom(store: Store, stream: StreamName, pattern: string, start: number): number[] {
  const group = groupOf(pattern);
  const plain = group.split('.').length === 3 && !/[*>]/.test(group);
  if (!plain) return [...segmentsOf(store, stream).getKeys({ start, limit: segmentsPerTurn })];
  const range = {
    start: [group, start],
    end: [group, Number.MAX_SAFE_INTEGER],
    limit: segmentsPerTurn,
  } satisfies object;
  return [...store.groups.getKeys(range)].map(([, first]) => first);
}
