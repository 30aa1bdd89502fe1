import type { Transferable } from 'node:worker_threads';
import { createBirpc, type BirpcReturn } from 'birpc';
import { WeirError, type ErrorCode } from '../core/errors.ts';
import { createOutbox } from './outbox.ts';

/** One end between two threads: a thread's `parentPort`, the `Worker` that another one has of it, or a `MessagePort`. */
export interface Port {
  postMessage(messages: readonly Message[], handedOver: readonly Transferable[]): void;
  on(event: 'message', listener: (messages: readonly Message[]) => void): unknown;
}

/** The functions of the other end. `asEvent` calls one without waiting for what comes of it. */
export type Channel<There extends object, Here extends object> = BirpcReturn<There, Here>;

/** What goes over a port: a call with its arguments, or its result or error. */
interface Message {
  readonly a?: readonly unknown[];
  readonly r?: unknown;
  readonly e?: unknown;
}

export interface ChannelOptions {
  /** What of an argument or result is handed over, not copied: it is gone here then. */
  memoryOf(value: unknown): readonly Transferable[];
  /** Told of a mistake that reaches no caller: a function threw that was told something, or what it answered cannot be copied. */
  broken(error: unknown): void;
}

/**
 * Calls between two threads: what `here` has can be called there. Values are copied. A `WeirError` arrives as one, so do errors of the
 * language; of others name, message, stack and cause.
 */
export function openChannel<There extends object, Here extends object>(
  port: Port,
  here: Here,
  { memoryOf, broken }: ChannelOptions,
): Channel<There, Here> {
  const handedOver = ({ a: args = [], r: result }: Message) => [...args, result].flatMap(memoryOf);
  return createBirpc<There, Here>(here, {
    // What is asked may take its time: an append waits for a log that is away.
    timeout: -1,
    post: createOutbox((messages: readonly Message[]) => port.postMessage(messages, messages.flatMap(handedOver))),
    on: (listener) => void port.on('message', (messages) => messages.forEach((message) => listener(message))),
    serialize: (message: Message) => withErrors(message, (value) => plainOf(value)),
    deserialize: (message: Message) => withErrors(message, errorOf),
    // Whoever asks hears of a rejection; whoever only tells does not, and what is told throws at once.
    resolver: (_, told) => (told ? orBroken(told, broken) : undefined),
    // With a name it is an answer that could not be sent: the error is sent in its place.
    onGeneralError(error, name) {
      if (name === undefined) return false;
      broken(error);
      return true;
    },
  });
}

const orBroken =
  (told: (...args: unknown[]) => unknown, broken: (error: unknown) => void) =>
  (...args: unknown[]): unknown => {
    try {
      return told(...args);
    } catch (error) {
      broken(error);
      throw error;
    }
  };

const withErrors = (message: Message, as: (value: unknown) => unknown): Message => ({
  ...message,
  ...(message.a && { a: message.a.map(as) }),
  ...(message.e !== undefined && { e: as(message.e) }),
});

/** An error as plain data: a copy of one would lose its class and what it knows, and may not be possible. */
interface PlainError {
  readonly plainError: { readonly name: string; readonly message: string; readonly stack: string | undefined };
  readonly weir?: {
    readonly code: ErrorCode;
    readonly retryAfterS: number | undefined;
    readonly extra: Readonly<Record<string, unknown>>;
  };
  readonly cause?: unknown;
}

/** Errors of the language arrive as what they are. */
const standard = new Map([RangeError, TypeError, SyntaxError].map((kind) => [kind.name, kind]));

/** Causes of causes are told so deep. */
const causesMax = 5;

function plainOf(value: unknown, depth = 0): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return {
    plainError: { name, message, stack },
    ...(value instanceof WeirError && {
      weir: { code: value.code, retryAfterS: value.retryAfterS, extra: value.extra },
    }),
    ...(cause instanceof Error && depth < causesMax && { cause: plainOf(cause, depth + 1) }),
  } satisfies PlainError;
}

function errorOf(value: unknown): unknown {
  if (!isPlainError(value)) return value;
  const { plainError, weir } = value;
  const cause = errorOf(value.cause);
  const { message } = plainError;
  const more = {
    ...(cause !== undefined && { cause }),
    ...(weir?.retryAfterS !== undefined && { retryAfterS: weir.retryAfterS }),
  };
  const error = weir
    ? new WeirError(weir.code, message, { ...more, extra: weir.extra })
    : new (standard.get(plainError.name) ?? Error)(message, more);
  error.name = plainError.name;
  if (plainError.stack !== undefined) error.stack = plainError.stack;
  return error;
}

const isPlainError = (value: unknown): value is PlainError =>
  typeof value === 'object' && value !== null && 'plainError' in value;
