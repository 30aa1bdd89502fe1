import type { DeadInput } from '../core/commit.ts';
import { appendLetter, type DeadLetter } from '../core/dead-letter.ts';
import { idOf } from '../core/ids.ts';
import type { Log } from '../log/log.ts';
import { parseEventSubject, subjects } from '../log/subjects.ts';
import type { Effects } from './effects.ts';

/**
 * Keeps what a pipeline could not handle, with the event's bytes, in the dead letters. The event itself is stored and
 * counted as such; only this pipeline's part of it is missing. A letter's id is the hash of pipeline and event, so
 * applying a commit again adds nothing within the log's duplicate window, and nothing to the archive after it.
 */
export function createPipelineDeadLetters(log: Pick<Log, 'append' | 'at'>): Effects {
  return {
    async apply({ dead }, committedAt) {
      for (const input of dead) {
        await keep(log, await letterOf(log, input, committedAt));
      }
    },
  };
}

function keep(log: Pick<Log, 'append'>, letter: DeadLetter): Promise<void> {
  return appendLetter(letter, (data) =>
    log.append({ stream: 'DEADLETTERS', subject: subjects.deadLetter(letter.org, letter.hop), data, id: letter.id }),
  );
}

async function letterOf(
  log: Pick<Log, 'at'>,
  { pipeline, eventId, org, sequence, reason, detail }: DeadInput,
  committedAt: number,
): Promise<DeadLetter> {
  const message = await log.at('EVENTS', sequence);
  const subject = message && parseEventSubject(message.subject);
  return {
    id: idOf('pipeline', pipeline, eventId),
    org,
    hop: 'pipeline',
    source: subject?.kind === 'event' ? subject.source : 'timer',
    reason,
    detail: `${pipeline}: ${detail}`.slice(0, 1_000),
    eventId,
    at: new Date(message?.storedAt ?? committedAt).toISOString(),
    events: 1,
    body: Buffer.from(message?.data ?? []).toString('base64'),
    contentType: 'application/json',
  };
}

/** Effects one after the other, in the order given. */
export function inTurn(...all: readonly Effects[]): Effects {
  return {
    async apply(...commit) {
      for (const effects of all) await effects.apply(...commit);
    },
  };
}
