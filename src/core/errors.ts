import { z } from 'zod';
import { misfitText } from './misfits.ts';

/**
 * The catalogue of errors: a stable code, what it means in one sentence, the HTTP status it answers with, and whether
 * sending the same again may succeed. `docs/errors.md` is the same list, and a test keeps them the same.
 */
export const catalogue = {
  'body-malformed': { status: 400, retriable: false, title: 'The body is not what its content type says' },
  'envelope-malformed': { status: 400, retriable: false, title: 'The envelope lacks a part or holds a wrong one' },
  'request-malformed': { status: 400, retriable: false, title: 'A parameter or header is missing or wrong' },
  'signature-missing': { status: 401, retriable: false, title: 'The request is not signed' },
  'signature-wrong': { status: 401, retriable: false, title: 'The signature does not fit body, address and secret' },
  'signature-stale': { status: 401, retriable: false, title: 'The signature is older than the provider allows' },
  'cursor-invalid': { status: 400, retriable: false, title: 'The cursor is not one weir gave to this organisation' },
  'token-missing': { status: 401, retriable: false, title: 'No token was given' },
  'token-wrong': { status: 401, retriable: false, title: 'The token is not known or no longer valid' },
  'not-allowed': { status: 403, retriable: false, title: 'The token does not allow this' },
  'not-found': { status: 404, retriable: false, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, retriable: false, title: 'This address does not take this method' },
  'request-too-slow': { status: 408, retriable: true, title: 'The request was not here whole in time' },
  'version-conflict': { status: 409, retriable: false, title: 'It changed since you looked at it' },
  'too-large': { status: 413, retriable: false, title: 'The body is larger than the limit' },
  'address-too-long': { status: 414, retriable: false, title: 'A part of the address is longer than the limit' },
  'type-unsupported': { status: 415, retriable: false, title: 'The content type is not taken here' },
  'event-invalid': {
    status: 422,
    retriable: false,
    title: 'An event breaks its schema; nothing of the batch was accepted',
  },
  'upgrade-required': { status: 426, retriable: false, title: 'This address speaks WebSocket, and nothing else' },
  'head-too-large': { status: 431, retriable: false, title: 'The request head is larger than the limit' },
  'rate-exceeded': { status: 429, retriable: true, title: 'The organisation sends more than its rate' },
  'too-many': { status: 429, retriable: true, title: 'More at once than the limit' },
  internal: { status: 500, retriable: true, title: 'weir made a mistake' },
  'log-unavailable': { status: 503, retriable: true, title: 'The log cannot be reached' },
  'log-full': { status: 503, retriable: true, title: 'The log is full and never drops what is unread' },
  'store-unavailable': { status: 503, retriable: true, title: 'ClickHouse cannot be reached' },
  'not-ready': { status: 503, retriable: true, title: 'weir is starting or stopping' },
  'log-mismatch': { status: 500, retriable: false, title: 'The log is not the one this was made with' },
  'config-invalid': { status: 500, retriable: false, title: 'The configuration is wrong' },
  'pipeline-invalid': { status: 500, retriable: false, title: 'A pipeline breaks the rules of the runtime' },
  fenced: { status: 500, retriable: false, title: 'Another worker committed first; this one must stop' },
  'message-too-large': { status: 413, retriable: false, title: 'A message is larger than the log takes' },
} as const satisfies Record<string, { status: number; retriable: boolean; title: string }>;

export type ErrorCode = keyof typeof catalogue;

/** An expected failure with its code from the catalogue. `detail` says which part and what to do; never a secret. */
export class WeirError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retriable: boolean;
  /** Seconds to wait before sending again, where known. */
  readonly retryAfterS: number | undefined;
  /** More for the problem document, such as `errors: [{index, pointer, message}]`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; retryAfterS?: number; extra?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeirError';
    this.code = code;
    this.status = catalogue[code].status;
    this.retriable = catalogue[code].retriable;
    const mayPass = catalogue[code].status === 503 || catalogue[code].status === 429;
    this.retryAfterS = options.retryAfterS ?? (mayPass ? 5 : undefined);
    this.extra = options.extra ?? {};
  }
}

export function isWeirError(error: unknown, code?: ErrorCode): error is WeirError {
  return error instanceof WeirError && (code === undefined || error.code === code);
}

/** What to say of anything thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof z.core.$ZodError) return misfitText(error);
  return error instanceof Error ? error.message : String(error);
}
