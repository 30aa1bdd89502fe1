import type { LogMessage } from './log.ts';

/**
 * Messages as plain data over one piece of memory that belongs to nobody else, so that it can be handed to another thread: what the
 * log gives are views into memory of its own, which cannot.
 */
export interface Packed {
  /** Of each message: sequence, log time, where its bytes end in `data`, which of `subjects` it has. */
  readonly figures: Float64Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Each once: many messages share few. */
  readonly subjects: readonly string[];
}

const figuresEach = 4;

export function pack(messages: readonly LogMessage[]): Packed {
  const figureBytes = messages.length * figuresEach * Float64Array.BYTES_PER_ELEMENT;
  const dataBytes = messages.reduce((sum, { data }) => sum + data.byteLength, 0);
  const memory = new ArrayBuffer(figureBytes + dataBytes);
  const figures = new Float64Array(memory, 0, messages.length * figuresEach);
  const data = new Uint8Array(memory, figureBytes);
  const places = new Map<string, number>();
  let at = 0;
  let end = 0;
  for (const message of messages) {
    let place = places.get(message.subject);
    if (place === undefined) places.set(message.subject, (place = places.size));
    data.set(message.data, end);
    end += message.data.byteLength;
    figures[at] = message.sequence;
    figures[at + 1] = message.storedAt;
    figures[at + 2] = end;
    figures[at + 3] = place;
    at += figuresEach;
  }
  return { figures, data, subjects: [...places.keys()] };
}

/** The messages again, as views into what was packed. */
export function* unpack({ figures, data, subjects }: Packed): Generator<LogMessage> {
  let start = 0;
  for (let at = 0; at < figures.length; at += figuresEach) {
    const end = figures[at + 2] ?? start;
    yield {
      sequence: figures[at] ?? 0,
      storedAt: figures[at + 1] ?? 0,
      subject: subjects[figures[at + 3] ?? 0] ?? '',
      data: data.subarray(start, end),
    };
    start = end;
  }
}

export const isPacked = (value: unknown): value is Packed =>
  typeof value === 'object' && value !== null && 'figures' in value && 'subjects' in value;
