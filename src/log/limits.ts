import { WeirError } from '../core/errors.ts';
import type { NewMessage, StreamName } from './log.ts';
import type { StreamDefinition } from './streams.ts';
import { subjectMatches, subjects } from './subjects.ts';

/** What a NATS server has to take at once, headers included: its own default `max_payload`. */
export const payloadBytesMin = 1024 * 1024;

/** The largest message data either log takes: that, less room for the headers. Larger things are blobs. */
export const messageBytesMax = payloadBytesMin - 4096;

/** What a subject, a key or the name of a blob may be: LMDB takes keys of not quite 2 KB, and none that is empty. */
const namePattern = /^[\x21-\x7e]{1,1000}$/;

/** Checks a subject, a key or the name of a blob. Another one is a mistake in code, not in input. */
export function checkName(name: string): string {
  if (!namePattern.test(name)) throw new RangeError(`"${name.slice(0, 100)}" (${name.length}) is no name in the log`);
  return name;
}

/** Checks what is about to be appended. A subject that is not the stream's is a mistake in code, not in input. */
export function checkMessage(definitions: readonly StreamDefinition[], message: NewMessage): StreamDefinition {
  const definition = definitionOf(definitions, message.stream);
  if (!definition.subjects.some((pattern) => subjectMatches(pattern, message.subject))) {
    throw new RangeError(`${message.subject} is no subject of the stream ${message.stream}`);
  }
  checkName(message.subject);
  if (message.data.length > messageBytesMax) {
    const size = message.data.length;
    throw new WeirError('message-too-large', `a message of ${size} bytes is beyond the log's ${messageBytesMax}`);
  }
  return definition;
}

function definitionOf(definitions: readonly StreamDefinition[], name: StreamName): StreamDefinition {
  const definition = definitions.find((candidate) => candidate.name === name);
  if (!definition) throw new RangeError(`the log has no stream ${name}`);
  return definition;
}

/** Checks an item of work, which is one message of WORK. */
export function checkItem(item: { readonly org: string; readonly id: string; readonly data: Uint8Array }): void {
  checkName(subjects.work(item.org));
  if (item.data.length <= messageBytesMax) return;
  throw new WeirError(
    'message-too-large',
    `an item of ${item.data.length} bytes is beyond the log's ${messageBytesMax}`,
  );
}
