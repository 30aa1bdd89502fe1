import type { Clock } from '../../core/clock.ts';
import { appendLetter, type DeadLetter } from '../../core/dead-letter.ts';
import { namePattern } from '../../core/event.ts';
import { idOf } from '../../core/ids.ts';
import type { Log } from '../../log/log.ts';
import { parseEventSubject, subjects } from '../../log/subjects.ts';
import type { ArchivedStream } from './tables/rewriting.ts';

/** What could not be archived: a row ClickHouse refuses, or a message that is not what its stream holds. */
export interface Unarchived {
  readonly stream: ArchivedStream;
  /** Creation time of the stream: with the sequence it names the message. */
  readonly created: string;
  readonly sequence: number;
  readonly subject: string;
  readonly reason: 'row-refused' | 'message-unreadable';
  readonly detail: string;
  readonly body: Uint8Array;
}

/**
 * Appends it to the dead letters. Its id comes of the message, so that a repeat after a crash is the same letter. Of one that goes without
 * its bytes they stand in the log at that place still; the letter says where.
 */
export async function bury(log: Log, clock: Clock, unarchived: Unarchived): Promise<void> {
  const letter = letterOf(unarchived, new Date(clock.now()).toISOString());
  await appendLetter(letter, (data) =>
    log.append({ stream: 'DEADLETTERS', subject: subjects.deadLetter(letter.org, letter.hop), data, id: letter.id }),
  );
}

function letterOf({ stream, created, sequence, subject, reason, detail, body }: Unarchived, at: string): DeadLetter {
  const said = fieldsOf(body);
  const event = stream === 'EVENTS' ? parseEventSubject(subject) : undefined;
  const named = event?.org ?? (stream === 'SIGNALS' ? said['org'] : subject.split('.')[2]);
  return {
    id: idOf('archive', stream, created, String(sequence), reason, stream === 'SIGNALS' ? (said['id'] ?? '') : ''),
    org: named !== undefined && namePattern.test(named) ? named : 'unknown',
    hop: 'archive',
    source: event?.kind === 'event' ? event.source : '',
    reason,
    detail: `${stream} ${sequence}: ${detail}`,
    eventId: stream === 'EVENTS' ? (said['id'] ?? null) : null,
    at,
    events: stream === 'EVENTS' ? 1 : 0,
    body: Buffer.from(body).toString('base64'),
    contentType: 'application/json',
  };
}

/** The texts in it, where it is a JSON object. */
function fieldsOf(body: Uint8Array): Readonly<Record<string, string | undefined>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString());
    if (typeof parsed !== 'object' || parsed === null) return {};
    return Object.fromEntries(Object.entries(parsed).filter((entry) => typeof entry[1] === 'string'));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
