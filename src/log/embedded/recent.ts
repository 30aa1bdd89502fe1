import type { LogMessage, StreamName } from '../log.ts';
import { recordBytes, type SegmentRecord } from './segment.ts';

/** The newest messages of each stream, as they were committed: whoever keeps up reads them here and not from the disk. */
export interface Recent {
  /** What a commit appended; `last` is the sequence of the last of them. */
  add(stream: StreamName, records: readonly SegmentRecord[], last: number, storedAt: number): void;
  /** At most `maxMessages` from a sequence on; undefined where it lies before what is kept. */
  from(stream: StreamName, sequence: number, maxMessages: number): LogMessage[] | undefined;
}

/** Kept of one stream; the oldest go first. */
export const recentBytesMax = 4 * 1024 * 1024;

interface Tail {
  messages: LogMessage[];
  /** Messages before it are gone; they are cut off by the thousand, not one by one. */
  head: number;
  bytes: number;
}

export function createRecent(bytesMax: number = recentBytesMax): Recent {
  const tails = new Map<StreamName, Tail>();

  function dropOldest(tail: Tail): void {
    while (tail.bytes > bytesMax) {
      const oldest = tail.messages[tail.head];
      if (!oldest) break;
      tail.bytes -= recordBytes(oldest);
      tail.head += 1;
    }
    if (tail.head < 1_024) return;
    tail.messages = tail.messages.slice(tail.head);
    tail.head = 0;
  }

  return {
    add(stream, records, last, storedAt) {
      const tail = tails.get(stream) ?? { messages: [], head: 0, bytes: 0 };
      tails.set(stream, tail);
      let sequence = last - records.length;
      for (const { subject, data } of records) {
        sequence += 1;
        tail.messages.push({ sequence, subject, storedAt, data });
        tail.bytes += recordBytes({ subject, data });
      }
      dropOldest(tail);
    },
    from(stream, sequence, maxMessages) {
      const tail = tails.get(stream);
      const oldest = tail?.messages[tail.head];
      if (!tail || !oldest || sequence < oldest.sequence) return undefined;
      // Sequences have no gap.
      const start = tail.head + sequence - oldest.sequence;
      return tail.messages.slice(start, start + maxMessages);
    },
  };
}
