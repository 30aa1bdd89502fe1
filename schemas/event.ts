import { z } from 'zod';
import { streams } from '../src/core/event.ts';
import { rfc3339Ms } from '../src/core/time.ts';

/*
 * What is sent to `POST /events/{org}` and to `weir.intake.{org}.{source}`: CloudEvents 1.0. A null attribute counts as
 * absent and is taken away before this; a null `data` is data.
 */

/** What CloudEvents forbids in text: control characters, noncharacters, halves of surrogate pairs. */
const forbidden = /[\p{Cc}\p{Noncharacter_Code_Point}\p{Surrogate}]/u;

const text = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((value) => !forbidden.test(value), 'expected text without control characters and broken characters');

const uriReference = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;
const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;.*)?$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The attributes of the specification, and the two extensions weir reads itself: `entity` and `stream`. */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0'),
  id: text(1_024).describe('Unique together with source: the same two are the same event, and count once.'),
  source: text(2_048)
    .regex(uriReference, 'expected a URI reference: an address, or a name without spaces')
    .describe('Who says it.'),
  type: text(256).describe('What happened; its first word may name the stream, as in `market.news`.'),
  subject: text(1_024).optional().describe('What of the source it is about.'),
  time: z
    .string()
    .refine((value) => rfc3339Ms(value) !== undefined, 'expected a time as in RFC 3339, such as 2026-03-01T12:00:00Z')
    .optional()
    .describe('When it happened; absent: when it was received.'),
  datacontenttype: text(256).regex(mediaType, 'expected a media type such as application/json').optional(),
  dataschema: text(2_048)
    .regex(uriReference, 'expected a URI')
    .regex(/^[A-Za-z][A-Za-z0-9+.-]*:/, 'expected a whole URI such as https://example.com/schema')
    .optional(),
  entity: text(256)
    .optional()
    .describe('Whom it is about, as `account:brightloom.io`; absent: the subject, else the source.'),
  stream: z.enum(streams).optional().describe('Which pipelines read it; absent: by the type, else `custom`.'),
  data: z.unknown().optional().describe('Any JSON; what is no object is kept as `{value: …}`.'),
  data_base64: z.string().regex(base64, 'expected base64').optional().describe('Bytes, in place of data.'),
});

export type CloudEvent = z.output<typeof cloudEvent>;

export const extensionName = /^[a-z0-9]+$/;

/** The value of an extension attribute, which weir takes and does not keep. */
export const extensionValue = z.union([z.boolean(), z.int32(), z.string().refine((value) => !forbidden.test(value))], {
  error: 'expected text, a 32-bit integer, true or false',
});
