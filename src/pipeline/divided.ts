import type { LogMessage } from '../log/log.ts';
import { parseEventSubject } from '../log/subjects.ts';

/**
 * Messages of EVENTS by the worker they are for, in the log's order: each for its partition's, what models learn and what is set
 * for all of them. Messages of partitions nobody here works are left out. `workers`: by partition.
 */
export function divided<W>(
  messages: readonly LogMessage[],
  workers: ReadonlyMap<number, W>,
): ReadonlyMap<W, readonly LogMessage[]> {
  const parts = new Map<W, LogMessage[]>();
  const add = (worker: W, message: LogMessage): void => {
    const part = parts.get(worker);
    if (part) part.push(message);
    else parts.set(worker, [message]);
  };
  for (const message of messages) {
    const subject = parseEventSubject(message.subject);
    if (subject?.kind === 'models' || subject?.kind === 'settings') {
      for (const worker of workers.values()) add(worker, message);
      continue;
    }
    const worker = subject && workers.get(subject.partition);
    if (worker !== undefined) add(worker, message);
  }
  return parts;
}
