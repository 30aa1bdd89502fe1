import type { LogMessage } from '../log.ts';

/**
 * What one commit appended to a stream, as one value under its first sequence; the others follow without a gap.
 * A value a message would cost ten times the work. Big-endian:
 * `[f64 storedAt]`, then for each message `[u32 data bytes][u16 subject bytes][subject][data]`.
 */
export interface SegmentRecord {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** A segment holds at most this much, so that reading one message of it stays cheap; a larger message stands alone. */
export const segmentMessagesMax = 128;
export const segmentBytesMax = 64 * 1024;

const headerBytes = 8;
const recordHeaderBytes = 6;

/** What a message takes of the stream's `maxBytes`. */
export function recordBytes(record: SegmentRecord): number {
  return recordHeaderBytes + Buffer.byteLength(record.subject) + record.data.length;
}

export function encodeSegment(storedAt: number, records: readonly SegmentRecord[]): Buffer {
  const size = records.reduce((sum, record) => sum + recordBytes(record), headerBytes);
  // Outside of Node's pool: readers keep it for a while, and would keep whatever shares a piece of the pool with it.
  const value = Buffer.allocUnsafeSlow(size);
  let offset = value.writeDoubleBE(storedAt, 0);
  for (const { subject, data } of records) {
    const subjectBytes = value.write(subject, offset + recordHeaderBytes);
    value.writeUInt32BE(data.length, offset);
    value.writeUInt16BE(subjectBytes, offset + 4);
    offset += recordHeaderBytes + subjectBytes;
    value.set(data, offset);
    offset += data.length;
  }
  return value;
}

export function storedAtOf(segment: Buffer): number {
  return segment.readDoubleBE(0);
}

/** The messages of a segment with `from ≤ sequence ≤ to`, all of them by default. Their data are views into the segment. */
export function decodeSegment(
  first: number,
  segment: Buffer,
  from = first,
  to = Number.MAX_SAFE_INTEGER,
): LogMessage[] {
  const storedAt = storedAtOf(segment);
  const messages: LogMessage[] = [];
  let sequence = first;
  for (let offset = headerBytes; offset < segment.length && sequence <= to; sequence += 1) {
    const dataBytes = segment.readUInt32BE(offset);
    const subjectStart = offset + recordHeaderBytes;
    const dataStart = subjectStart + segment.readUInt16BE(offset + 4);
    offset = dataStart + dataBytes;
    if (sequence < from) continue;
    const subject = segment.toString('utf8', subjectStart, dataStart);
    messages.push({ sequence, subject, storedAt, data: segment.subarray(dataStart, offset) });
  }
  return messages;
}

/** Cuts what a commit appends into segments. */
export function splitSegments(records: readonly SegmentRecord[]): SegmentRecord[][] {
  const segments: SegmentRecord[][] = [];
  let current: SegmentRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record);
    if (current.length > 0 && (current.length === segmentMessagesMax || bytes + size > segmentBytesMax)) {
      segments.push(current);
      current = [];
      bytes = 0;
    }
    current.push(record);
    bytes += size;
  }
  if (current.length > 0) segments.push(current);
  return segments;
}
