import type { LogMessage, LogReader } from './log.ts';
import { parseEventSubject } from './subjects.ts';

export interface ShareOptions {
  /** Whose messages are wanted; besides them what is read in every partition. */
  readonly partitions: readonly number[];
  /** Where as many have gathered, nothing more is waited for; so that many and one batch of the reader are handed over at most. */
  readonly maxMessages: number;
  /** What others work is handed over after so long, ms, where nothing comes that is wanted. */
  readonly othersWaitMs?: number;
}

/** Nobody does anything because of it, but a position that stood still would look like a fault. */
const defaultOthersWaitMs = 20;

/**
 * Reads EVENTS for whoever works some of its partitions: every sequence is there, and of messages that others work nothing else. They do not
 * wake anybody by themselves, but come with the next that is wanted.
 */
export function createShareReader(reader: LogReader, options: ShareOptions): LogReader {
  const { maxMessages, othersWaitMs = defaultOthersWaitMs } = options;
  const partitions = new Set(options.partitions);

  function isWanted({ subject }: LogMessage): boolean {
    const parsed = parseEventSubject(subject);
    return parsed !== undefined && (!('partition' in parsed) || partitions.has(parsed.partition));
  }

  return {
    async next(waiting) {
      const gathered: LogMessage[] = [];
      let came = await reader.next(waiting);
      const deadline = performance.now() + othersWaitMs;
      while (came.length > 0) {
        const wanted = came.map(isWanted);
        gathered.push(...came.map((message, at) => (wanted[at] ? message : withoutBytes(message))));
        const enough = wanted.includes(true) || gathered.length >= maxMessages;
        if (enough || performance.now() >= deadline) break;
        came = await reader.next({ waitMs: deadline - performance.now() });
      }
      return gathered;
    },
    close: () => reader.close(),
  };
}

const none = new Uint8Array();

const withoutBytes = ({ sequence, storedAt }: LogMessage): LogMessage => ({
  sequence,
  storedAt,
  subject: '',
  data: none,
});
