import type { LogMessage } from '../../../log/log.ts';
import type { TableName } from '../../store.ts';
import { createRows, type RowWriter } from '../rows.ts';
import type { ArchivedStream } from '../tables/rewriting.ts';
import { rewritings } from '../tables/rewritings.ts';
import type { Batch } from './rewriter.ts';

/** A batch in the making: what an `OpenBatch` does, whichever thread it is in. */
export interface Making {
  /** Throws what is no fault of the message. */
  add(message: LogMessage): void;
  rows(): number;
  end(): Batch | undefined;
}

export function startBatch(stream: ArchivedStream): Making {
  const rewriting = rewritings[stream];
  const writers = new Map<TableName, RowWriter>(rewriting.tables.map((table) => [table, createRows()]));
  const subjects = new Map<string, number>();
  const gaps: { from: number; to: number }[] = [];
  const unreadable: { message: LogMessage; detail: string }[] = [];
  let first: LogMessage | undefined;
  let last: LogMessage | undefined;
  let skipped = 0;
  const writerOf = (table: TableName) => {
    const writer = writers.get(table);
    if (!writer) throw new RangeError(`${stream} does not fill ${table}.`);
    return writer;
  };

  return {
    add: (message) => {
      first ??= message;
      if (last && message.sequence > last.sequence + 1)
        gaps.push({ from: last.sequence + 1, to: message.sequence - 1 });
      last = message;
      if (!rewriting.keeps(message)) {
        skipped += 1;
        return;
      }
      subjects.set(message.subject, (subjects.get(message.subject) ?? 0) + 1);
      try {
        rewriting.write(message, writerOf);
      } catch (error) {
        // JSON.parse and a missing field say so in these two; anything else is our mistake.
        if (!(error instanceof SyntaxError) && !(error instanceof TypeError)) throw error;
        // Bytes of its own: they must not hold, or take along, all that was pulled with them.
        unreadable.push({ message: { ...message, data: new Uint8Array(message.data) }, detail: error.message });
      }
    },
    rows: () => Math.max(...[...writers.values()].map(({ count }) => count)) + skipped,
    end: () =>
      first &&
      last && {
        from: first.sequence,
        to: last.sequence,
        storedAt: last.storedAt,
        gaps,
        tables: new Map([...writers].map(([table, writer]) => [table, writer.end()])),
        subjects,
        skipped,
        unreadable,
      },
  };
}
