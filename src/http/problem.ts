import { STATUS_CODES } from 'node:http';
import { catalogue, WeirError, type ErrorCode } from '../core/errors.ts';

/** An RFC 9457 problem document with the headers that go with it. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export const problemType = 'application/problem+json; charset=utf-8';

/** What to answer for whatever was thrown: nothing of the inside shows. `instance` names the request in the log. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known = error instanceof WeirError ? error : translated(error);
  const { code, status, retryAfterS, extra } = known;
  const own = {
    type: `urn:weir:error:${code}`,
    title: catalogue[code].title,
    status,
    detail:
      code === 'internal' || status === 500
        ? 'Something went wrong here; it is in the log under this instance.'
        : known.message,
    instance: `urn:weir:request:${requestId}`,
  };
  return {
    status,
    headers: {
      'content-type': problemType,
      ...(retryAfterS !== undefined && { 'retry-after': String(Math.ceil(retryAfterS)) }),
      ...(status === 401 && { 'www-authenticate': code.startsWith('token') ? 'Bearer realm="weir"' : 'Signature' }),
      ...(status === 426 && { connection: 'upgrade', upgrade: 'websocket' }),
      ...(typeof extra['allow'] === 'string' && { allow: extra['allow'] }),
    },
    // What an error adds stands behind the five fields, and never in their place.
    body: { ...own, ...extra, ...own },
  };
}

/** Whether it is our mistake, and so for the log. */
export function isFault(error: unknown): boolean {
  return problemOf(error, '').status === 500;
}

/** Fastify's own refusals, in our words. */
const fromFastify: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'The body is larger than http.bodyLimit.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['type-unsupported', 'The content type is missing or not taken here.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['body-malformed', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['body-malformed', 'The body is empty.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['body-malformed', 'The body is not JSON.'],
  FST_ERR_BAD_URL: ['request-malformed', 'The address holds an escape that is none.'],
  FST_ERR_MAX_PARAM_LENGTH: ['address-too-long', 'A part of the address is longer than 256 characters.'],
};

function translated(error: unknown): WeirError {
  const code = fieldOf(error, 'code');
  const [ours, detail] = (typeof code === 'string' && fromFastify[code]) || [];
  if (ours && detail) return new WeirError(ours, detail, { cause: error });
  const status = fieldOf(error, 'statusCode');
  // Whatever else a plugin refuses with a status of its own is the request's fault, and says so in general words.
  if (status === 404) return new WeirError('not-found', 'There is nothing at this address.', { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new WeirError('request-malformed', `${STATUS_CODES[status] ?? 'Refused'}.`, { cause: error });
  }
  return new WeirError('internal', 'internal', { cause: error });
}

function fieldOf(value: unknown, field: 'code' | 'statusCode'): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
