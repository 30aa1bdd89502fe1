import type { Log, LogMessage, LogReader } from '../../../src/log/log.ts';
import { parseEventSubject } from '../../../src/log/subjects.ts';
import type { Pipeline } from '../../../src/pipeline/define.ts';
import { aRuntime, noted } from '../../support/runtime.ts';
import { partitions } from './stream.ts';

/** One start of the runtime: what it works, and how far. */
export interface Stint {
  readonly log: Log;
  readonly pipelines: readonly Pipeline[];
  /** Sequence of EVENTS after which it is stopped, everything committed. */
  readonly end: number;
  /** The most records it reads at once. */
  readonly batch: number;
  /** The partitions it works; absent: all. */
  readonly assigned?: readonly number[];
}

/** Starts the runtime over the log as it was left, and stops it when it has worked off its stint. */
export async function work({ log, pipelines, end, batch, assigned }: Stint): Promise<void> {
  const seen = assigned ? withOthersLeftOut(log, assigned) : log;
  const { happened, notes } = noted();
  await new Promise<void>((resolve, reject) => {
    const runtime = aRuntime({
      log: { ...seen, read: (stream, options) => ending(seen.read(stream, { ...options, maxMessages: batch }), end) },
      pipelines,
      partitions,
      happened: {
        ...happened,
        pipelinesReached: (sequence) => {
          if (sequence >= end) runtime.stop().then(resolve, reject);
        },
      },
      failed: reject,
    });
    runtime.start().catch(reject);
  });
  const wrong = notes.filter(([name]) => name !== 'snapshotWritten');
  if (wrong.length > 0) throw new Error(`the runtime told of ${JSON.stringify(wrong[0])}`);
}

/** Nothing of what comes after `end`. */
function ending(reader: LogReader, end: number): LogReader {
  let reached = 0;
  let close: () => void = () => undefined;
  const closed = new Promise<readonly LogMessage[]>((resolve) => {
    close = () => resolve([]);
  });
  return {
    async next(options) {
      if (reached >= end) return closed;
      const batch = await reader.next(options);
      reached = batch.at(-1)?.sequence ?? reached;
      return batch.filter(({ sequence }) => sequence <= end);
    },
    async close() {
      close();
      await reader.close();
    },
  };
}

/**
 * The log as a machine uses it that works some partitions: of the others' records it sees only that there are some, and it
 * leaves their snapshots alone.
 */
function withOthersLeftOut(log: Log, assigned: readonly number[]): Log {
  const mine = (partition: number) => assigned.includes(partition);
  const others = (key: string): boolean => /^snapshot\.\d+/.test(key) && !mine(Number(key.split('.')[1]));
  return {
    ...log,
    read(stream, options) {
      const reader = log.read(stream, options);
      return {
        async next(waiting) {
          const batch = await reader.next(waiting);
          return batch.map((message) => {
            const subject = parseEventSubject(message.subject);
            // What models learn of and what is set is read in every partition.
            const wanted = subject && (!('partition' in subject) || mine(subject.partition));
            return wanted ? message : { ...message, subject: 'another machine’s' };
          });
        },
        close: () => reader.close(),
      };
    },
    kv: {
      ...log.kv,
      put: async (key, value, expected) =>
        others(key) ? { kind: 'stored', revision: expected + 1 } : log.kv.put(key, value, expected),
      delete: async (key) => {
        if (!others(key)) await log.kv.delete(key);
      },
    },
    blobs: {
      ...log.blobs,
      delete: async (name) => {
        if (!others(name)) await log.blobs.delete(name);
      },
    },
  };
}
