import type { Transferable } from 'node:worker_threads';
import { createBirpc, type BirpcReturn } from 'birpc';
import { WeirError, type ErrorCode } from '../core/errors.ts';

/** One end between two threads: a thread's `parentPort`, the `Worker` that another one has of it, or a `MessagePort`. */
export interface Port {
  postMessage(message: unknown, handedOver: readonly Transferable[]): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

/** The functions of the other end. `asEvent` calls one without waiting for what comes of it. */
export type Channel<There extends object, Here extends object> = BirpcReturn<There, Here>;

/** What goes over a port: a call with its arguments, or its result or error. */
interface Message {
  readonly a?: readonly unknown[];
  readonly r?: unknown;
  readonly e?: unknown;
}

/**
 * Calls between two threads: what `here` has can be called there. Values are copied; the memory that `memoryOf` finds in an argument or
 * result is handed over instead, and is gone here. A `WeirError` arrives as one; of other errors their standard class, message and stack.
 */
export function openChannel<There extends object, Here extends object>(
  port: Port,
  here: Here,
  memoryOf: (value: unknown) => readonly Transferable[] = () => [],
): Channel<There, Here> {
  return createBirpc<There, Here>(here, {
    // What is asked may take its time: an append waits for a log that is away.
    timeout: -1,
    post: (message: Message) => port.postMessage(message, [...(message.a ?? []), message.r].flatMap(memoryOf)),
    on: (listener) => void port.on('message', listener),
    serialize: (message: Message) => withErrors(message, plainOf),
    deserialize: (message: Message) => withErrors(message, errorOf),
  });
}

const withErrors = (message: Message, as: (value: unknown) => unknown): Message => ({
  ...message,
  ...(message.a && { a: message.a.map(as) }),
  ...(message.e !== undefined && { e: as(message.e) }),
});

/** A `WeirError` as plain data: a copy of one would be an `Error` without its code. */
interface PlainError {
  readonly weirError: ErrorCode;
  readonly detail: string;
  readonly options: { readonly retryAfterS?: number; readonly extra: Readonly<Record<string, unknown>> };
  readonly stack: string | undefined;
}

function plainOf(value: unknown): unknown {
  if (!(value instanceof WeirError)) return value;
  const { code, message, retryAfterS, extra, stack } = value;
  const options = { ...(retryAfterS !== undefined && { retryAfterS }), extra };
  return { weirError: code, detail: message, options, stack } satisfies PlainError;
}

function errorOf(value: unknown): unknown {
  if (!isPlainError(value)) return value;
  const error = new WeirError(value.weirError, value.detail, value.options);
  if (value.stack !== undefined) error.stack = value.stack;
  return error;
}

const isPlainError = (value: unknown): value is PlainError =>
  typeof value === 'object' && value !== null && 'weirError' in value;
