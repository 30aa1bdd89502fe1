import type { LogMessage, StreamName } from '../../../log/log.ts';
import type { TableName } from '../../store.ts';
import type { RowWriter } from '../rows.ts';

/** How the messages of a stream become rows. Throws a SyntaxError or TypeError for a message that is not what its stream holds. */
export interface Rewriting {
  readonly stream: ArchivedStream;
  readonly tables: readonly TableName[];
  /** Messages asked of the log at once: few where each is large, so that memory and the work of a turn stay small. */
  readonly pull: number;
  /** Whether it is kept at all: timers are no events. */
  keeps(message: LogMessage): boolean;
  write(message: LogMessage, rows: (table: TableName) => RowWriter): void;
}

/** The streams the archive follows. */
export const archivedStreams = [
  'EVENTS',
  'SIGNALS',
  'ALERTS',
  'RUNS',
  'DEADLETTERS',
  'AUDIT',
] as const satisfies readonly StreamName[];
export type ArchivedStream = (typeof archivedStreams)[number];
