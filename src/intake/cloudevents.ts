import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { cloudEvent, extensionName, extensionValue, type CloudEvent } from '../../schemas/event.ts';
import { alertOutcomeType, outcomeSchemas } from '../../schemas/outcomes.ts';
import { payloadSchemas } from '../../schemas/payloads.ts';
import { isWeirError, WeirError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { misfitsOf, pointerOf } from '../core/misfits.ts';
import { rfc3339Ms } from '../core/time.ts';
import { boundedEntity } from './entity.ts';
import { parseJson } from './json.ts';
import type { IntakeLimits } from './limits.ts';
import { mapped, unmappable } from './mapped.ts';
import { isObject } from './read.ts';
import type { EventDraft, Mapped, SourceRequest } from './source.ts';
import { streamOf } from './stream-of.ts';

/**
 * The events of an HTTP request, unchecked, in whatever mode it is: batch, structured, binary. Throws `type-unsupported`,
 * `body-malformed`, `envelope-malformed`, and `too-large` for too many.
 */
export function eventsIn(
  { headers, body }: Pick<SourceRequest, 'headers' | 'body'>,
  limits: IntakeLimits,
): readonly JsonObject[] {
  const contentType = (headers['content-type'] ?? '').trim();
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  // The batch prefix first: it begins with the other one.
  if (mediaType.startsWith('application/cloudevents-batch')) {
    return batchOf(jsonFormat(mediaType, body, limits), limits);
  }
  if (mediaType.startsWith('application/cloudevents')) return [structuredEvent(jsonFormat(mediaType, body, limits))];
  if (Object.keys(headers).some((name) => name.startsWith('ce-'))) {
    return [binaryEvent(headers, contentType, mediaType, body, limits)];
  }
  throw new WeirError(
    'type-unsupported',
    'Send application/cloudevents+json, application/cloudevents-batch+json, or any type with ce- headers.',
  );
}

/** One event in structured mode. Throws `envelope-malformed`. */
export function structuredEvent(parsed: Json): JsonObject {
  if (!isObject(parsed)) throw new WeirError('envelope-malformed', 'A CloudEvent is a JSON object.');
  // A null attribute is an absent one; a null data is data.
  return Object.fromEntries(Object.entries(parsed).filter(([name, value]) => value !== null || name === 'data'));
}

function jsonFormat(mediaType: string, body: Buffer, limits: IntakeLimits): Json {
  if (!/^application\/cloudevents(?:-batch)?(?:\+json)?$/.test(mediaType)) {
    throw new WeirError(
      'type-unsupported',
      `CloudEvents are taken in their JSON format, not as ${mediaType.slice(0, 80)}.`,
    );
  }
  return parseJson(body, limits);
}

function batchOf(parsed: Json, limits: IntakeLimits): readonly JsonObject[] {
  if (!Array.isArray(parsed)) throw new WeirError('envelope-malformed', 'A batch of CloudEvents is a JSON array.');
  if (parsed.length > limits.events) {
    throw new WeirError(
      'too-large',
      `A request holds at most ${limits.events} events; this one holds ${parsed.length}.`,
    );
  }
  return parsed.map(structuredEvent);
}

function binaryEvent(
  headers: SourceRequest['headers'],
  contentType: string,
  mediaType: string,
  body: Buffer,
  limits: IntakeLimits,
): JsonObject {
  const attributes = Object.entries(headers).flatMap(([header, value]) =>
    header.startsWith('ce-') && value !== undefined ? [[header.slice(3), decodedHeader(header, value)] as const] : [],
  );
  const misplaced = attributes.find(([name]) => ['data', 'data_base64', 'datacontenttype'].includes(name));
  if (misplaced) throw new WeirError('envelope-malformed', `There is no header ce-${misplaced[0]} in binary mode.`);
  const typed = contentType === '' ? {} : { datacontenttype: contentType };
  return { ...Object.fromEntries(attributes), ...typed, ...binaryData(mediaType, body, limits) };
}

function binaryData(mediaType: string, body: Buffer, limits: IntakeLimits): JsonObject {
  if (body.length === 0) return {};
  if (/[/+]json$/.test(mediaType)) return { data: parseJson(body, limits) };
  const isText = /^text\/|[/+]xml$/.test(mediaType) && isUtf8(body);
  return isText ? { data: body.toString('utf8') } : { data_base64: body.toString('base64') };
}

/** Quotes and backslashes first, then one round of percent-decoding. Bytes that are no UTF-8 are refused. */
function decodedHeader(header: string, value: string): string {
  const unquoted = /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : value;
  return unquoted.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    const bytes = Buffer.from(encoded.replaceAll('%', ''), 'hex');
    if (!isUtf8(bytes))
      throw new WeirError('envelope-malformed', `The header ${header} is not UTF-8, percent-encoded.`);
    return bytes.toString('utf8');
  });
}

/** One thing wrong with one event of a request. `pointer` is a JSON pointer into the event. */
export interface EventFault {
  readonly index: number;
  readonly pointer: string;
  readonly message: string;
}

export type CheckedEvents =
  | { readonly kind: 'valid'; readonly events: readonly CloudEvent[] }
  | { readonly kind: 'invalid'; readonly faults: readonly EventFault[] };

/** Holds every event to the schema. One fault, and none of them is taken. */
export function checkEvents(raw: readonly JsonObject[]): CheckedEvents {
  const events: CloudEvent[] = [];
  const faults: EventFault[] = [];
  for (const [index, candidate] of raw.entries()) {
    const { data: event } = cloudEvent.safeParse(candidate);
    if (event) events.push(event);
    const envelope = event ? [] : misfitsOf(cloudEvent, candidate);
    const found = [...envelope, ...extensionFaults(candidate), ...payloadFaults(candidate)];
    for (const { path, message } of found) faults.push({ index, pointer: pointerOf(path), message });
  }
  return faults.length === 0 ? { kind: 'valid', events } : { kind: 'invalid', faults };
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function extensionFaults(candidate: JsonObject): readonly Fault[] {
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(candidate)) {
    if (Object.hasOwn(cloudEvent.shape, name)) continue;
    if (!extensionName.test(name))
      faults.push({ path: [name], message: 'an attribute has a name of a-z and 0-9 alone' });
    for (const { message } of misfitsOf(extensionValue, value)) faults.push({ path: [name], message });
  }
  if ('data' in candidate && 'data_base64' in candidate) {
    faults.push({ path: ['data_base64'], message: 'data and data_base64 cannot both be there' });
  }
  return faults;
}

/** Of types that weir reads itself, the data; and whom an outcome is about, for that decides whether it finds what waits for it. */
function payloadFaults(candidate: JsonObject): readonly Fault[] {
  const { type, entity } = candidate;
  const schema = typeof type === 'string' ? payloadSchemas.get(type) : undefined;
  if (!schema || typeof type !== 'string') return [];
  const data = 'data' in candidate || 'data_base64' in candidate ? dataOf(candidate) : undefined;
  const faults = schema.safeParse(data).success ? [] : misfitsOf(z.object({ data: schema }), { data });
  if (entity !== undefined || !outcomeSchemas.has(type)) return faults;
  return [{ path: ['entity'], message: 'is missing; an outcome names its entity' }, ...faults];
}

/**
 * What a CloudEvent becomes. Its stream is its extension `stream`, else by the origin and the type; its entity the
 * extension `entity`, else the subject, else the source. Its data is kept as it is where it is an object, else as
 * `{value: …}`, and bytes as `{data_base64: …}`.
 */
export function draftOf(event: CloudEvent, raw: JsonObject, origin: string): EventDraft {
  return {
    // A URI reference holds no space, so the two cannot run into each other.
    key: `${event.source} ${event.id}`,
    type: event.type,
    source: event.source,
    subject: event.subject ?? null,
    time: event.time === undefined ? undefined : rfc3339Ms(event.time),
    entity: boundedEntity(event.entity ?? event.subject ?? event.source),
    stream: event.stream ?? streamOf(origin, event.type),
    data: dataOf(raw),
  };
}

function dataOf(raw: JsonObject): JsonObject {
  const { data, data_base64: bytes } = raw;
  if (bytes !== undefined) return { data_base64: bytes };
  if (data === undefined) return {};
  return isObject(data) ? data : { value: data };
}

/** By HTTP a CloudEvent's origin is what it is about where weir has a connector's name for it, else `custom`. */
export function originOf(event: CloudEvent): string {
  const stream = event.stream ?? streamOf('custom', event.type);
  return stream === 'market' || stream === 'metrics' ? stream : 'custom';
}

export const structuredType = 'application/cloudevents+json';

/**
 * The bytes of one event in structured mode, for senders who get no answer: what is wrong with it makes it a dead letter. Who may send
 * NATS says alone, and it knows nobody's right to act on alerts, so verdicts on them are not taken.
 */
export function mapStructured(data: Uint8Array, origin: string, limits: IntakeLimits): Mapped {
  try {
    const raw = structuredEvent(parseJson(Buffer.from(data.buffer, data.byteOffset, data.byteLength), limits));
    const checked = checkEvents([raw]);
    if (checked.kind === 'invalid') {
      return unmappable(checked.faults.map(({ pointer, message }) => `${pointer}: ${message}`).join('; '));
    }
    const [event] = checked.events;
    if (!event) return unmappable('There is no event');
    if (event.type === alertOutcomeType) return unmappable(`${alertOutcomeType} is taken over HTTP alone`);
    return mapped(draftOf(event, raw, origin));
  } catch (error) {
    if (isWeirError(error)) return unmappable(error.message);
    throw error;
  }
}
