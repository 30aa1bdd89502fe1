import { JetStreamApiError } from '@nats-io/jetstream';
import { isWeirError, messageOf, WeirError } from '../../core/errors.ts';

/** What nats-server answers with, by its own numbers (`server/errors.json`). */
export const apiCode = {
  insufficientResources: 10_023,
  storageExceeded: 10_047,
  messageTooLarge: 10_054,
  consumerNotFound: 10_014,
  streamNotFound: 10_059,
  wrongLastSequence: 10_071,
  storeFailed: 10_077,
} as const;

export function hasApiCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}

/** Whether an append was refused because the subject's last sequence is another. */
export function isMoved(error: unknown): boolean {
  return hasApiCode(error, apiCode.wrongLastSequence);
}

/**
 * What went wrong between us and the server, in our words. Everything that is not known to be something else is
 * `log-unavailable`: time-outs, no responders, a lost connection, a server out of its senses.
 */
export function asWeirError(error: unknown, doing: string): WeirError {
  if (isWeirError(error)) return error;
  const detail = `${doing}: ${messageOf(error)}`;
  if (isFull(error)) return new WeirError('log-full', detail, { cause: error });
  if (hasApiCode(error, apiCode.messageTooLarge)) return new WeirError('message-too-large', detail, { cause: error });
  return new WeirError('log-unavailable', detail, { cause: error });
}

/** Whether the server has not the room that a stream is to reserve. */
export function lacksRoom(error: unknown): boolean {
  return hasApiCode(error, apiCode.insufficientResources) || hasApiCode(error, apiCode.storageExceeded);
}

function isFull(error: unknown): boolean {
  if (lacksRoom(error)) return true;
  return hasApiCode(error, apiCode.storeFailed) && /maximum|no space/i.test(messageOf(error));
}
