import type { Log, LogMessage, LogReader } from '../../../src/log/log.ts';
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
  readonly worked?: readonly number[];
}

/** Starts the runtime over the log as it was left, and stops it when it has worked off its stint. */
export async function work({ log, pipelines, end, batch, worked }: Stint): Promise<void> {
  const { happened, notes } = noted();
  await new Promise<void>((resolve, reject) => {
    const runtime = aRuntime({
      log: { ...log, read: (stream, options) => ending(log.read(stream, { ...options, maxMessages: batch }), end) },
      pipelines,
      partitions,
      ...(worked && { worked }),
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
