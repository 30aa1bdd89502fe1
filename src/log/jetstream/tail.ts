import { createWaiters } from '../../core/waiters.ts';
import type { LogMessage, LogReader, StreamName } from '../log.ts';
import { createRecent } from '../recent.ts';

/** The newest messages of a stream that one reader brought, for all who keep up with it. */
export interface Tail {
  /** Sequence of the last message it brought, or where it began. */
  end(): number;
  /** Whether it has, or will have, what comes after a sequence. */
  covers(after: number): boolean;
  /** What there is after a sequence, at most so many; none where that is its end, undefined where it does not cover it (any more). */
  after(sequence: number, maxMessages: number): readonly LogMessage[] | undefined;
  /** Sees to it that more comes, once for all who wait. Resolves when it may have, or when `waitMs` passed. */
  more(waitMs: number | undefined): Promise<void>;
  /** Asks the server anew, though nobody waits: it came back, and may have another log. What had come before that is brought first. */
  askAnew(): void;
  /** Lets all who wait look again. */
  wake(): void;
  /** Whether more is on its way, for somebody. */
  awaited(): boolean;
  /** Why it brings no more: with whoever went along with it. */
  failure(): unknown;
  close(): Promise<void>;
}

export function createTail(stream: StreamName, begin: number, reader: LogReader): Tail {
  let recent = createRecent();
  let end = begin;
  let bringing: Promise<void> | undefined;
  let failure: unknown;
  const waiters = createWaiters();

  /** Never rejects. */
  const bring = (): Promise<void> => (bringing ??= bringNext());

  async function bringNext(): Promise<void> {
    try {
      const messages = await reader.next();
      const gap = lastGap(messages, end);
      // Retention took what was between: who has not come so far must see that for himself.
      if (gap >= 0) recent = createRecent();
      recent.add(stream, gap > 0 ? messages.slice(gap) : messages);
      end = messages.at(-1)?.sequence ?? end;
    } catch (error) {
      failure = error;
    } finally {
      bringing = undefined;
      waiters.happened();
    }
  }

  const after = (sequence: number, maxMessages: number): readonly LogMessage[] | undefined =>
    sequence === end ? [] : sequence < end ? recent.from(stream, sequence + 1, maxMessages) : undefined;

  return {
    end: () => end,
    covers: (sequence) => after(sequence, 1) !== undefined,
    after,
    more(waitMs) {
      void bring();
      return waiters.next(waitMs);
    },
    askAnew: () => void bring().then(bring),
    wake: () => waiters.happened(),
    awaited: () => bringing !== undefined,
    failure: () => failure,
    close: () => reader.close(),
  };
}

/** The last of the messages before which some are missing; -1 where none are since `end`. Retention may be at work while they are sent. */
const lastGap = (messages: readonly LogMessage[], end: number): number =>
  messages.findLastIndex(({ sequence }, at) => sequence !== (messages[at - 1]?.sequence ?? end) + 1);
