import { z } from 'zod';
import { alertKinds, alertStatuses, severities, transitionKinds } from '../src/core/alert.ts';
import { namePattern } from '../src/core/event.ts';
import { alertSchema } from './alert.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1).max(100);
const name = z.string().min(1).max(256);

/** Which alerts are wanted: every part that is given must fit, one value of each. The token's org and roles bound it. */
export const alertFilterSchema = z
  .strictObject({
    kinds: list(z.enum(alertKinds)).exactOptional(),
    minSeverity: z.enum(severities).exactOptional(),
    entities: list(name).exactOptional(),
    sources: list(name).exactOptional(),
    roles: list(name).exactOptional(),
    status: list(z.enum(alertStatuses)).exactOptional(),
  })
  .meta({ title: 'Filter of alerts' });

export type AlertFilter = z.infer<typeof alertFilterSchema>;

/** Which runs are wanted: every part that is given must fit, with one of its values. */
export const runFilterSchema = z
  .strictObject({
    kinds: list(name).exactOptional().describe('Kinds of runs, such as customer_health'),
    entities: list(name).exactOptional(),
    runs: list(name).exactOptional().describe('Their ids'),
  })
  .meta({ title: 'Filter of runs' });

export type RunFilter = z.infer<typeof runFilterSchema>;

/** What can be subscribed to. */
export const topics = ['alerts', 'runs', 'insights'] as const;
export type Topic = (typeof topics)[number];

/** In an address a list is written `a,b`, or the parameter is repeated. */
const listed = <T extends z.ZodType>(item: T) => z.preprocess(split, list(item)).exactOptional();

function split(value: unknown): unknown {
  if (value === undefined) return undefined;
  return [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : [text]));
}

/** The same filter as query parameters. */
export const filterQueryShape = {
  kinds: listed(z.enum(alertKinds)),
  minSeverity: z.enum(severities).exactOptional(),
  entities: listed(name),
  sources: listed(name),
  roles: listed(name),
  status: listed(z.enum(alertStatuses)),
};

/** A filter of runs as query parameters. */
export const runFilterQueryShape = { kinds: listed(name), entities: listed(name), runs: listed(name) };

export const orgSchema = z
  .string()
  .regex(namePattern, 'expected the name of an organisation: a-z, 0-9 and -, at most 63 characters');
export const cursorSchema = z.string().min(1).max(256);
export const subscriptionId = z.string().min(1).max(64).describe("The subscriber's own name for the subscription");

/** `now`, `open`, a time (log time, RFC 3339), or a cursor. */
export const fromSchema = z
  .union(
    [z.enum(['now', 'open']), z.iso.datetime({ offset: true }), cursorSchema],
    'expected now, open, a time such as 2026-03-01T12:00:00Z, or a cursor',
  )
  .describe('now; open: a snapshot of the open alerts, then live; a cursor; or a time');

/** What a client may send. */
export const clientMessages = {
  auth: z.strictObject({ type: z.literal('auth'), token: z.string().min(1).max(8_192) }),
  subscribe: z.strictObject({
    type: z.literal('subscribe'),
    id: subscriptionId,
    topic: z.enum(topics).default('alerts').describe('alerts; runs of agents; insights: what came of runs'),
    filter: z.union([alertFilterSchema, runFilterSchema]).default({}).describe('Of alerts, or of runs, by the topic'),
    from: fromSchema.default('now'),
    org: orgSchema.exactOptional().describe("For an operator's token: which organisation"),
  }),
  unsubscribe: z.strictObject({ type: z.literal('unsubscribe'), id: subscriptionId }),
  ping: z.strictObject({ type: z.literal('ping') }),
};

/** The filter is held to its topic's schema where it is known which: of two that it may be, a reader would be told of the wrong one. */
export const clientMessageSchema = z.discriminatedUnion('type', [
  clientMessages.auth,
  clientMessages.subscribe.extend({ filter: z.looseObject({}).default({}) }),
  clientMessages.unsubscribe,
  clientMessages.ping,
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;

const gap = {
  from: z.string().describe('The cursor or time after which transitions are missing'),
  to: cursorSchema.describe('The cursor through which they are'),
};

const ofRun = {
  id: subscriptionId,
  cursor: cursorSchema,
  run: z.string().describe('The session: /api/v1/orchestration/sessions/{run}'),
  kind: z.string(),
  entity: z.string().nullable().describe('Whom it is about; null: the organisation as a whole'),
  at: z.iso.datetime().describe('When it was written'),
};

/** What the server sends. Server-sent events carry the same objects without `id`. */
export const serverMessages = {
  subscribed: z.object({
    type: z.literal('subscribed'),
    id: subscriptionId,
    cursor: cursorSchema.describe('Going on from here gives all that this subscription would'),
    incomplete: z
      .literal(true)
      .exactOptional()
      .describe('More alerts are open than the snapshot holds; the newest are in it'),
  }),
  alert: z.object({
    type: z.literal('alert'),
    id: subscriptionId,
    cursor: cursorSchema,
    transition: z.enum(transitionKinds),
    by: z.string(),
    why: z.string(),
    at: z.iso.datetime(),
    cause: z.string(),
    receivedAt: z.iso.datetime(),
    alert: alertSchema,
  }),
  run: z.object({
    type: z.literal('run'),
    ...ofRun,
    facts: z.array(z.looseObject({ fact: z.string() })).describe('What became true at once, in order'),
  }),
  insights: z.object({
    type: z.literal('insights'),
    ...ofRun,
    summary: z.string().describe('The result in sentences'),
    confidence: z.number().describe('0 to 1'),
    insights: z
      .array(z.unknown())
      .describe('Those of its findings that are surer than not: rows of the table insights'),
  }),
  gap: z.object({ type: z.literal('gap'), id: subscriptionId, ...gap }),
  unsubscribed: z.object({ type: z.literal('unsubscribed'), id: subscriptionId }),
  pong: z.object({ type: z.literal('pong') }),
  error: z.object({
    type: z.literal('error'),
    code: z.string(),
    detail: z.string(),
    id: subscriptionId.exactOptional(),
  }),
};

export const serverMessageSchema = z.discriminatedUnion('type', [
  serverMessages.subscribed,
  serverMessages.alert,
  serverMessages.run,
  serverMessages.insights,
  serverMessages.gap,
  serverMessages.unsubscribed,
  serverMessages.pong,
  serverMessages.error,
]);

export type ServerMessage = z.infer<typeof serverMessageSchema>;

/** Offered and chosen when the WebSocket opens. */
export const subprotocol = 'weir.v1';

/** Why weir closes a connection. The code is stable, the text says what to do. */
export const closeCodes = {
  goingAway: { code: 1001, meaning: 'The daemon stops; connect again and go on from the last cursor' },
  abusive: { code: 1008, meaning: 'More messages, or more answers left unread, than the limit' },
  tooLarge: { code: 1009, meaning: 'A message larger than the limit' },
  failed: { code: 1011, meaning: 'weir made a mistake; connect again and go on from the last cursor' },
  tooMany: { code: 1013, meaning: 'More connections than the limit; try again later' },
  unauthenticated: { code: 4401, meaning: 'No token in time, or one that is not valid' },
  notAllowed: {
    code: 4403,
    meaning: 'The token may not read alerts, or not those of this organisation, or there is none of that name',
  },
} as const;
export type CloseReason = keyof typeof closeCodes;
