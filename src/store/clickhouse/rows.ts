/**
 * Rows for one table, as lines of JSON, each with the sequence of the message it comes from. Plain data over three pieces of memory,
 * so that they go from one thread to another without a copy.
 */
export interface Rows {
  readonly lines: Uint8Array<ArrayBuffer>;
  /** Where each row ends in `lines`. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly sequences: Float64Array<ArrayBuffer>;
}

/** The bytes of the rows `from ≤ index < to`. */
export function bytesOf({ lines, ends }: Rows, from: number, to: number): Uint8Array {
  const startOf = (index: number) => (index === 0 ? 0 : (ends[index - 1] ?? lines.length));
  return lines.subarray(startOf(from), startOf(to));
}

/**
 * Gives up the memory of rows that nobody reads any more: they are empty then. By the time they are inserted the garbage collector holds them for
 * long-lived, and would free them only together with all else, in a collection in which everything waits. Handed to nobody, they are short-lived again.
 */
export function giveUp({ lines, ends, sequences }: Rows): void {
  for (const { buffer } of [lines, ends, sequences]) structuredClone(buffer, { transfer: [buffer] });
}

/** Writes rows into one growing piece of memory. How far it may grow is the caller's limit: see batch.ts. */
export interface RowWriter {
  /** A row made here. */
  add(sequence: number, row: object): void;
  /** A row that is a message's own JSON object with `head` (`"storedAt":1,`) put before its first field. */
  splice(sequence: number, head: string, object: Uint8Array): void;
  readonly count: number;
  /** The rows; none is added any more. */
  end(): Rows;
}

const newline = 0x0a;
const openingBrace = 0x7b;
const initialBytes = 64 * 1024;

export function createRows(): RowWriter {
  let memory = Buffer.allocUnsafeSlow(initialBytes);
  let length = 0;
  const ends: number[] = [];
  const sequences: number[] = [];

  const reserve = (bytes: number) => {
    if (length + bytes <= memory.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(memory.length * 2, length + bytes));
    memory.copy(larger, 0, 0, length);
    memory = larger;
  };
  const end = (sequence: number) => {
    memory[length] = newline;
    length += 1;
    ends.push(length);
    sequences.push(sequence);
  };

  return {
    add: (sequence, row) => {
      const text = JSON.stringify(row);
      // A UTF-16 unit is at most three bytes of UTF-8.
      reserve(text.length * 3 + 1);
      length += memory.write(text, length);
      end(sequence);
    },
    splice: (sequence, head, object) => {
      reserve(object.length + head.length + 2);
      memory[length] = openingBrace;
      length += 1 + memory.write(head, length + 1, 'latin1');
      memory.set(object.subarray(1), length);
      length += object.length - 1;
      end(sequence);
    },
    get count() {
      return ends.length;
    },
    end: () => ({
      lines: memory.subarray(0, length),
      ends: new Uint32Array(ends),
      sequences: new Float64Array(sequences),
    }),
  };
}
