import { WeirError } from '../../../core/errors.ts';
import type { LogMessage } from '../../../log/log.ts';
import type { TableName } from '../../store.ts';
import type { Rows } from '../rows.ts';
import type { ArchivedStream } from '../tables/rewriting.ts';

/**
 * P Makes rows of messages. It does the archive's work and nothing of its bookkeeping: a batch that is lost with it is read again
 * from the log, and comes out the same.
 */
export interface Rewriter {
  /** Begins a batch. One of a stream at a time: what was begun of it and not ended is forgotten. */
  begin(stream: ArchivedStream): OpenBatch;
  /** What is open is lost. Nothing may begin any more. */
  close(): Promise<void>;
}

/** One call at a time. Both reject with `RewriterLost`, and with what is no fault of a message but ours. */
export interface OpenBatch {
  /** Resolves with how many rows there are by now in the table that has the most, and skipped messages besides. */
  add(messages: readonly LogMessage[]): Promise<number>;
  /** The batch; undefined when nothing was added. */
  end(): Promise<Batch | undefined>;
}

/** A range of a stream and the rows it makes: plain data. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  /** Log time of the message at `to`. */
  readonly storedAt: number;
  /** What is missing between its messages: retention took it while it was read. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  readonly tables: ReadonlyMap<TableName, Rows>;
  /** Messages by subject. */
  readonly subjects: ReadonlyMap<string, number>;
  readonly skipped: number;
  /** Messages that are not what their stream holds, with what is wrong. */
  readonly unreadable: readonly { readonly message: LogMessage; readonly detail: string }[];
}

/** What rewrites has ended under its batches. Those begun from now on are made anew. */
export class RewriterLost extends WeirError {
  constructor(cause: unknown) {
    super('internal', 'The thread that makes the rows ended.', { cause });
    this.name = 'RewriterLost';
  }
}
