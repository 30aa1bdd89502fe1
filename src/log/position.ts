import { z } from 'zod';
import { WeirError } from '../core/errors.ts';
import type { LogMessage, SharedLog, StreamName } from './log.ts';

/** Where a reader is: the stream's identity, the last sequence it is done with, and when that message was stored. */
export interface Position {
  readonly created: string;
  readonly sequence: number;
  /** Log time of the message at `sequence`, ms; 0 where it is not known (sequence 0, or aged out already). */
  readonly storedAt: number;
}

/**
 * What a position is worth on this log:
 * `valid`; `trimmed` (right stream, the message has aged out: go on, what is between is lost and must be said);
 * `other-log` (the stream was made anew); `cut` (the log ends before it: restored to an earlier state);
 * `rewritten` (another message stands there: restored, then written on).
 */
export type Verdict = 'valid' | 'trimmed' | 'other-log' | 'cut' | 'rewritten';

/** The position of a reader that is done with `message`, or with nothing yet. */
export async function positionAt(log: SharedLog, stream: StreamName, message?: LogMessage): Promise<Position> {
  const { created } = await log.info(stream);
  return { created, sequence: message?.sequence ?? 0, storedAt: message?.storedAt ?? 0 };
}

export async function verify(
  log: Pick<SharedLog, 'info' | 'at'>,
  stream: StreamName,
  position: Position,
): Promise<Verdict> {
  const info = await log.info(stream);
  if (info.created !== position.created) return 'other-log';
  if (position.sequence > info.lastSequence) return 'cut';
  if (position.sequence === 0) return 'valid';
  const message = await log.at(stream, position.sequence);
  if (!message) return position.sequence + 1 < info.firstSequence ? 'trimmed' : 'valid';
  return position.storedAt !== 0 && message.storedAt !== position.storedAt ? 'rewritten' : 'valid';
}

/** Whether whoever is at the position can go on from there. */
export const stillStands = (verdict: Verdict): boolean => verdict === 'valid' || verdict === 'trimmed';

/** What a reader that is done with `after` must not go on from: the stream ends before that. */
export function beyondEnd(stream: StreamName, after: number, lastSequence: number): WeirError | undefined {
  if (after <= lastSequence) return undefined;
  const detail = `${stream} ends at ${lastSequence}, and was read to ${after} before: it was restored to an earlier state`;
  return new WeirError('log-mismatch', detail);
}

/** What a reader missed before `batch`, having been done with `after`: retention took it. */
export function lostBefore(batch: readonly LogMessage[], after: number): { from: number; to: number } | undefined {
  const first = batch[0];
  if (!first || first.sequence <= after + 1) return undefined;
  return { from: after + 1, to: first.sequence - 1 };
}

/** How far somebody is with a stream, kept in the key-value for the next start. A hint: whoever does without it reads more. */
export interface Mark {
  /** 0 where there is none, or where the log is not the one it was made on (see `Verdict`): then it says nothing. */
  load(): Promise<number>;
  /** After `load`. Nothing is stored where it is no further than before, where its message is not there (any more), or where somebody else was faster. */
  save(sequence: number): Promise<void>;
}

/** There were none with a time once: those stand for any message at their place. */
const stored = z.object({ created: z.string(), sequence: z.int().min(0), storedAt: z.number().default(0) });

export function createMark(log: Pick<SharedLog, 'info' | 'at' | 'kv'>, stream: StreamName, key: string): Mark {
  let created = '';
  let saved = 0;

  return {
    async load() {
      ({ created } = await log.info(stream));
      const entry = await log.kv.get(key);
      const found = entry && stored.safeParse(JSON.parse(Buffer.from(entry.value).toString('utf8'))).data;
      saved = found && stillStands(await verify(log, stream, found)) ? found.sequence : 0;
      return saved;
    },
    async save(sequence) {
      const message = sequence > saved ? await log.at(stream, sequence) : undefined;
      if (!message) return;
      const position: Position = { created, sequence, storedAt: message.storedAt };
      const entry = await log.kv.get(key);
      await log.kv.put(key, Buffer.from(JSON.stringify(position)), entry?.revision ?? 0);
      saved = sequence;
    },
  };
}
