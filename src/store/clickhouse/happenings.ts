import type { StreamName } from '../../log/log.ts';
import type { Verdict } from '../../log/position.ts';
import type { TableName } from '../store.ts';

/** What the archive tells of itself. */
export interface ArchiveHappenings {
  /** In ClickHouse; `ms` is how long the insert took. */
  rowsInserted(table: TableName, rows: number, bytes: number, ms: number): void;
  /** The position moved: everything through `sequence` is in ClickHouse or a dead letter; `storedAt` is its log time. */
  archived(stream: StreamName, sequence: number, storedAt: number): void;
  /** One row could not be stored and is a dead letter now. */
  rowRefused(stream: StreamName, table: TableName, sequence: number, detail: string): void;
  /** ClickHouse or the log cannot be reached; tried again in `retryMs`, for ever. Nothing is lost meanwhile. */
  archiveDelayed(stream: StreamName, reason: string, retryMs: number): void;
  archiveResumed(stream: StreamName, awayMs: number): void;
  /** After a crash: the range that was being inserted is inserted again. */
  archiveRepeated(stream: StreamName, from: number, to: number): void;
  /** What makes the rows ended under a batch; it is made anew, and the batch read again. Twice at one position, and the archive fails. */
  rewriterLost(stream: StreamName, error: unknown): void;
  /** Retention took these before they were archived. */
  archiveLost(stream: StreamName, from: number, to: number): void;
  /** The log is not the one the position was made on: the archive begins again at its head. What is there twice counts once. */
  archiveRebuilding(stream: StreamName, verdict: Verdict): void;
  /** Another archive took the stream over; this one has stopped following it. */
  archiveFenced(stream: StreamName): void;
  /** It came upon what it cannot handle, and stopped following the stream. Someone must act. */
  archiveFailed(stream: StreamName, error: unknown): void;
}
