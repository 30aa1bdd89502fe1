import type { Log, LogMessage, LogReader, StreamName } from '../../../src/log/log.ts';

/** Where each stream ends. */
export type Ends = ReadonlyMap<StreamName, number>;

/**
 * A log that says where it ends, where a live one lets its readers wait for more. So a figure is of work alone: the archive does
 * not wait at the end of the run for its last batch to fill. `ends` resolves when nothing more will be appended.
 */
export function ending(log: Log, ends: Promise<Ends>): Log {
  return { ...log, read: (stream, options) => endingReader(log.read(stream, options), stream, options.after, ends) };
}

function endingReader(reader: LogReader, stream: StreamName, after: number, ends: Promise<Ends>): LogReader {
  let position = after;
  let end = Infinity;
  const over = ends.then((known): readonly LogMessage[] => {
    end = known.get(stream) ?? 0;
    return [];
  });
  return {
    async next(options) {
      if (position >= end) return [];
      const coming = reader.next(options);
      const first = await Promise.race([coming, over]);
      // The end became known while the reader waited for what is still to come, or for nothing.
      const batch = first.length === 0 && position < end ? await coming : first;
      position = batch.at(-1)?.sequence ?? position;
      return batch;
    },
    close: () => reader.close(),
  };
}
