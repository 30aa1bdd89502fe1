import type { DeadLetter } from '../core/dead-letter.ts';
import { WeirError } from '../core/errors.ts';
import type { Log, LogMessage } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';

/** No more letters than that are looked through; older ones are in the table `dead_letters`. */
const letterMax = 10_000;
/** The log reads forward, so it is read in windows of sequences from its end. An empty one makes the next larger. */
const windowMin = 64;
const windowMax = 4_096;

/** An organisation's dead letters, newest first. */
export async function* lettersOf(log: Log, org: string): AsyncGenerator<DeadLetter> {
  const { firstSequence, lastSequence } = await log.info('DEADLETTERS');
  let through = lastSequence;
  let size = windowMin;
  let seen = 0;
  while (through >= firstSequence && seen < letterMax) {
    const after = Math.max(firstSequence - 1, through - size);
    const messages = await between(log, org, after, through);
    for (const message of messages.reverse()) yield letterOf(message);
    seen += messages.length;
    size = messages.length === 0 ? Math.min(size * 2, windowMax) : windowMin;
    through = after;
  }
}

async function between(log: Log, org: string, after: number, through: number): Promise<LogMessage[]> {
  const messages: LogMessage[] = [];
  for (let at = after; at < through;) {
    const message = await log.next('DEADLETTERS', subjects.deadLettersOf(org), at);
    if (!message || message.sequence > through) break;
    messages.push(message);
    at = message.sequence;
  }
  return messages;
}

/** What weir wrote itself: if that does not parse, the log is damaged. */
function letterOf({ data, sequence }: LogMessage): DeadLetter {
  try {
    const letter: DeadLetter = JSON.parse(Buffer.from(data).toString('utf8'));
    return letter;
  } catch (error) {
    throw new WeirError('internal', `Dead letter at sequence ${sequence} is not JSON.`, { cause: error });
  }
}
