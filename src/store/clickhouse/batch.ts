import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import type { LogMessage, LogReader } from '../../log/log.ts';
import type { TableName } from '../store.ts';
import { createRows, type Rows } from './rows.ts';
import type { Rewriting } from './tables/rewriting.ts';

/** How much is inserted at once. What is first reached ends a batch. */
export interface BatchLimits {
  readonly maxRows: number;
  readonly maxAgeMs: number;
  /** Of messages; one pull may pass it. */
  readonly maxBytes: number;
}

/** Work between two turns of the event loop, in bytes of messages that are parsed. */
const sliceBytes = 256 * 1024;

/** A range of a stream and the rows it makes. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  /** Log time of the message at `to`. */
  readonly storedAt: number;
  readonly tables: ReadonlyMap<TableName, Rows>;
  /** Messages by subject. */
  readonly subjects: ReadonlyMap<string, number>;
  readonly skipped: number;
  /** Messages that are not what their stream holds, with what is wrong. */
  readonly unreadable: readonly { readonly message: LogMessage; readonly detail: string }[];
}

/** The next batch of a reader; undefined when the reader was closed. Waits for its first message. */
export async function nextBatch(
  reader: LogReader,
  rewriting: Rewriting,
  limits: BatchLimits,
  clock: Clock,
): Promise<Batch | undefined> {
  let pulled = await reader.next();
  if (pulled.length === 0) return undefined;
  const batch = startBatch(rewriting);
  const deadline = clock.now() + limits.maxAgeMs;
  for (;;) {
    await batch.add(pulled);
    const waitMs = deadline - clock.now();
    if (waitMs <= 0 || batch.rows() >= limits.maxRows || batch.bytes() >= limits.maxBytes) break;
    pulled = await reader.next({ waitMs });
    if (pulled.length === 0) break;
  }
  return batch.end();
}

/** The batch of exactly the messages through `to`; undefined where retention has taken them, or the reader was closed. */
export async function batchThrough(reader: LogReader, rewriting: Rewriting, to: number): Promise<Batch | undefined> {
  const batch = startBatch(rewriting);
  for (;;) {
    const pulled = await reader.next();
    await batch.add(pulled.filter(({ sequence }) => sequence <= to));
    const last = pulled.at(-1);
    if (!last) return undefined;
    if (last.sequence >= to) return batch.end();
  }
}

function startBatch(rewriting: Rewriting) {
  const tables = new Map<TableName, Rows>(rewriting.tables.map((table) => [table, createRows()]));
  const subjects = new Map<string, number>();
  const unreadable: { message: LogMessage; detail: string }[] = [];
  let first: LogMessage | undefined;
  let last: LogMessage | undefined;
  let skipped = 0;
  let bytes = 0;
  let slice = 0;
  const rowsOf = (table: TableName) => {
    const rows = tables.get(table);
    if (!rows) throw new RangeError(`${rewriting.stream} does not fill ${table}.`);
    return rows;
  };

  const take = (message: LogMessage) => {
    first ??= message;
    last = message;
    bytes += message.data.byteLength;
    slice += message.data.byteLength;
    if (!rewriting.keeps(message)) {
      skipped += 1;
      return;
    }
    subjects.set(message.subject, (subjects.get(message.subject) ?? 0) + 1);
    try {
      rewriting.write(message, rowsOf);
    } catch (error) {
      // JSON.parse and a missing field say so in these two; anything else is our mistake.
      if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
      unreadable.push({ message, detail: error.message });
    }
  };

  return {
    add: async (messages: readonly LogMessage[]) => {
      for (const message of messages) {
        take(message);
        if (slice < sliceBytes) continue;
        slice = 0;
        await setImmediate();
      }
    },
    rows: () => Math.max(...[...tables.values()].map(({ count }) => count)) + skipped,
    bytes: () => bytes,
    end: (): Batch | undefined =>
      first &&
      last && {
        from: first.sequence,
        to: last.sequence,
        storedAt: last.storedAt,
        tables,
        subjects,
        skipped,
        unreadable,
      },
  };
}
