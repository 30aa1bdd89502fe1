import type * as Sdk from 'ai';
import { BodyTooLargeError } from './bounded-fetch.ts';
import type { Fault, FaultKind } from './faults.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * What an error of the SDK means. Neither its message nor its body is passed on: servers quote keys and prompts in them.
 * `begun`: part of an answer had come before.
 */
export function faultOf(error: unknown, begun: boolean, now: number, sdk: typeof Sdk): Fault {
  const chain = causesOf(error);
  const answered = chain.find((each) => sdk.APICallError.isInstance(each) && each.statusCode !== undefined);
  if (sdk.APICallError.isInstance(answered) && answered.statusCode !== undefined && answered.statusCode >= 300) {
    return ofStatus(answered.statusCode, retryAfterMs(answered.responseHeaders ?? {}, now));
  }
  if (chain.some((each) => each instanceof BodyTooLargeError))
    return fault('garbage', 'the answer is larger than its bound');
  if (chain.some((each) => sdk.JSONParseError.isInstance(each) || sdk.TypeValidationError.isInstance(each))) {
    return fault('garbage', 'the answer is not what the protocol says');
  }
  // The stream ended in order, without the mark of its end.
  if (chain.some((each) => sdk.InvalidResponseDataError.isInstance(each))) {
    return begun ? fault('half-stream', 'the answer stopped before its end') : fault('garbage', 'no answer was in it');
  }
  const code = chain.map(codeOf).find((each) => each !== undefined);
  if (begun) return fault('half-stream', `the answer stopped before its end${code === undefined ? '' : `: ${code}`}`);
  if (code !== undefined && cut.has(code)) return fault('reset', code);
  return fault('unavailable', code ?? 'no connection');
}

const cut = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function ofStatus(status: number, toldMs: number | undefined): Fault {
  const told = toldMs === undefined ? {} : { retryAfterMs: toldMs };
  return { ...fault(kindOf(status), `HTTP ${status}`), ...told };
}

function kindOf(status: number): FaultKind {
  if (status === 429) return 'rate-limited';
  if (status === 408 || status >= 500) return 'unavailable';
  if (status === 401 || status === 403 || status === 404 || status < 400) return 'misconfigured';
  return 'invalid-request';
}

function fault(kind: FaultKind, detail: string): Fault {
  return { kind, detail };
}

/** An error and what caused it, ten deep at most. */
function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && chain.length < 10;) {
    chain.push(each);
    each = each instanceof Error ? each.cause : undefined;
  }
  return chain;
}

/** `ECONNRESET`. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[A-Z_]{1,40}$/.test(error.code) ? error.code : undefined;
}
