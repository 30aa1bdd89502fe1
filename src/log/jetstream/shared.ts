import type { LogMessage, LogReader, ReadOptions, StreamName } from '../log.ts';
import { createTail, type Tail } from './tail.ts';

type Read = (stream: StreamName, options: ReadOptions) => LogReader;

/** What one request of a tail brings at most. */
const broughtAtOnce = 1_024;

/** A stream's tail and how many read the stream. */
interface Shared {
  tail: Tail | undefined;
  readers: number;
}

/**
 * Readers of a stream that share what comes from the server, so that it comes once, however many read it: those who keep up go
 * along with the stream's tail, and whoever has fallen behind reads alone until he has caught up. Each is as `LogReader` says.
 * `onLost` calls back whenever the connection breaks.
 */
export function createSharedReaders(open: Read, onLost: (callback: () => void) => void): Read {
  const streams = new Map<StreamName, Shared>();
  // Who is behind, and finds what he asks for in memory or reads alone, would else hear of another log when he has caught up.
  onLost(() => {
    for (const { tail } of streams.values()) tail?.askAnew();
  });
  return (stream, options) => {
    const shared = streams.get(stream) ?? { tail: undefined, readers: 0 };
    streams.set(stream, shared);
    return createSharedReader(shared, stream, options, open);
  };
}

function createSharedReader(
  shared: Shared,
  stream: StreamName,
  { after, maxMessages }: ReadOptions,
  open: Read,
): LogReader {
  let position = after;
  /** The tail it went along with last. */
  let joined: Tail | undefined;
  let alone: LogReader | undefined;
  const closing = new AbortController();
  shared.readers += 1;

  /** The tail, where this reader can go along with it. */
  async function tailHere(): Promise<Tail | undefined> {
    if (joined?.failure() !== undefined) throw joined.failure();
    // The foremost leads: a tail that nobody asks for more, and that is behind, has lost whoever it led.
    const lost = shared.tail && position > shared.tail.end() && !shared.tail.awaited();
    if (!shared.tail || lost || shared.tail.failure() !== undefined) {
      const former = shared.tail;
      // Its own reader knows what it read last, and so notices a log that was restored since.
      const reader = alone ?? open(stream, { after: position, maxMessages: broughtAtOnce });
      alone = undefined;
      shared.tail = createTail(stream, position, reader);
      await former?.close();
    }
    const { tail } = shared;
    return tail?.covers(position) ? tail : undefined;
  }

  async function join(tail: Tail): Promise<void> {
    joined = tail;
    const left = alone;
    alone = undefined;
    await left?.close();
  }

  function taken(batch: readonly LogMessage[]): readonly LogMessage[] {
    position = batch.at(-1)?.sequence ?? position;
    return batch;
  }

  return {
    async next({ waitMs } = {}) {
      const deadline = waitMs === undefined ? undefined : performance.now() + waitMs;
      const leftMs = () => (deadline === undefined ? undefined : Math.max(0, deadline - performance.now()));
      while (!closing.signal.aborted) {
        const tail = await tailHere();
        if (tail) await join(tail);
        if (closing.signal.aborted) break;
        if (!tail) {
          alone ??= open(stream, { after: position, maxMessages });
          return taken(await alone.next(waitMs === undefined ? {} : { waitMs }));
        }
        const batch = tail.after(position, maxMessages);
        // More came meanwhile than is kept.
        if (!batch) continue;
        if (batch.length > 0) return taken(batch);
        const waitedMs = leftMs();
        if (waitedMs === 0) break;
        await tail.more(waitedMs);
      }
      return [];
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      shared.readers -= 1;
      const { tail } = shared;
      tail?.wake();
      const last = shared.readers === 0;
      if (last) shared.tail = undefined;
      await Promise.all([alone?.close(), last ? tail?.close() : undefined]);
    },
  };
}
