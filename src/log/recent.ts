import type { LogMessage, StreamName } from './log.ts';

/** The newest messages of each stream: whoever keeps up reads them here and not from the disk, or the server. */
export interface Recent {
  /** What came behind the ones there are. */
  add(stream: StreamName, messages: readonly LogMessage[]): void;
  /** At most `maxMessages` from a sequence on; undefined where it lies before what is kept. */
  from(stream: StreamName, sequence: number, maxMessages: number): LogMessage[] | undefined;
}

/** Kept of one stream; the oldest go first. What came together last stays whole, whatever it takes; as much again may not be cut off yet. */
export const recentBytesMax = 4 * 1024 * 1024;

/**
 * Beyond so little of a stream, what is so much older than its newest goes, too, ms. What outlives the collections of the young generation is only freed
 * with the whole heap, and collecting that for it kept everything waiting.
 */
const [bytesMin, ageMs] = [64 * 1024, 250];

interface Tail {
  messages: LogMessage[];
  /** Messages before it are gone; they are cut off many together, not one by one. */
  head: number;
  bytes: number;
  /** Of what is gone and not cut off. */
  goneBytes: number;
}

export function createRecent(bytesMax: number = recentBytesMax): Recent {
  const tails = new Map<StreamName, Tail>();

  /** Of the newest so many none: a reader that takes them as they come finds them. */
  function dropOldest(tail: Tail, newest: number): void {
    const from = (tail.messages.at(-1)?.storedAt ?? 0) - ageMs;
    const isDue = ({ storedAt }: LogMessage) => tail.bytes > bytesMax || (tail.bytes > bytesMin && storedAt < from);
    while (tail.head < tail.messages.length - newest) {
      const oldest = tail.messages[tail.head];
      if (!oldest || !isDue(oldest)) break;
      tail.bytes -= bytesOf(oldest);
      tail.goneBytes += bytesOf(oldest);
      tail.head += 1;
    }
    if (tail.head * 2 < tail.messages.length && tail.goneBytes <= bytesMax) return;
    tail.messages = tail.messages.slice(tail.head);
    tail.head = 0;
    tail.goneBytes = 0;
  }

  return {
    add(stream, messages) {
      const tail = tails.get(stream) ?? { messages: [], head: 0, bytes: 0, goneBytes: 0 };
      tails.set(stream, tail);
      for (const message of messages) {
        tail.messages.push(message);
        tail.bytes += bytesOf(message);
      }
      dropOldest(tail, messages.length);
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

const bytesOf = ({ subject, data }: LogMessage): number => data.byteLength + subject.length + 6;
