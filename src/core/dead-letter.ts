import { isWeirError } from './errors.ts';

/** Where an event was when it could not go on. */
export const hops = ['intake', 'pipeline', 'archive'] as const;
export type Hop = (typeof hops)[number];

/** One envelope for all hops: what, where, why, the bytes. Its id is the hash of hop and cause, so a repeat is the same letter. */
export interface DeadLetter {
  readonly id: string;
  readonly org: string;
  readonly hop: Hop;
  /** Origin of the event, where known. */
  readonly source: string;
  /** A stable word, such as `unmappable`, `pipeline-failed`, `row-refused`. */
  readonly reason: string;
  readonly detail: string;
  /** The event's id, where it had one already. */
  readonly eventId: string | null;
  /** RFC 3339 UTC. */
  readonly at: string;
  /** How many events it stands for (a HubSpot body may hold many). */
  readonly events: number;
  /** The bytes, base64; with what is needed to replay them. */
  readonly body: string;
  readonly contentType: string;
}

/** Appends a letter's bytes; without its body where it is too large: one that can never be appended would stop its keeper for good. */
export async function appendLetter(letter: DeadLetter, append: (data: Buffer) => Promise<unknown>): Promise<void> {
  const bytesOf = (each: DeadLetter) => Buffer.from(JSON.stringify(each), 'utf8');
  try {
    await append(bytesOf(letter));
  } catch (error) {
    if (!isWeirError(error, 'message-too-large')) throw error;
    const detail = `${letter.detail} (The bytes are too many for a letter.)`;
    await append(bytesOf({ ...letter, body: '', detail }));
  }
}
