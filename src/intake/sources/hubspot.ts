import { hubspotEvent, type HubspotEvent } from '../../../schemas/sources/hubspot.ts';
import { durationMs } from '../../core/duration.ts';
import type { JsonObject } from '../../core/json.ts';
import { entityOf } from '../entity.ts';
import { mapped, misfit } from '../mapped.ts';
import { isObject } from '../read.ts';
import { authentic, hmac, refused, sameSignature } from '../signatures.ts';
import type { MapContext, Mapped, Source, SourceRequest, Verification } from '../source.ts';
import { uriPart } from '../uri.ts';

/** HubSpot refuses older ones in its own library; the future is bounded too, or a stolen request could wait. */
const toleranceMs = 300_000;
const futureSkewMs = 60_000;

/**
 * HubSpot webhooks v3: changes in the CRM. `X-HubSpot-Signature-v3`, base64 HMAC-SHA256 over method + address + body +
 * timestamp with the app's client secret. v1 and v2 resist no replay and are not taken. The body is an array; each element is
 * an event of its own, and its data. `type` is `hubspot.<subscription type>`, where `object.*` of a known kind is named
 * by the kind (`hubspot.deal.propertyChange`); the subject is the object's id.
 */
export const hubspot: Source = {
  name: 'hubspot',
  retryHorizonMs: durationMs('24h'),
  verify: verifyHubspot,
  map: (body, context) => (isObject(body) ? [body] : body).map((event) => mapHubspot(event, context)),
};

function verifyHubspot(request: SourceRequest, secrets: readonly string[]): Verification {
  const signature = request.headers['x-hubspot-signature-v3'];
  const timestamp = request.headers['x-hubspot-request-timestamp'];
  if (!signature) return refused('signature-missing', 'The header X-HubSpot-Signature-v3 is missing.');
  if (!timestamp) return refused('signature-missing', 'The header X-HubSpot-Request-Timestamp is missing.');
  if (!/^[A-Za-z0-9+/]{43}=$/.test(signature)) {
    return refused('signature-wrong', 'X-HubSpot-Signature-v3 is not 44 characters of base64.');
  }
  if (!/^\d{1,15}$/.test(timestamp)) {
    return refused('signature-wrong', 'X-HubSpot-Request-Timestamp is not in milliseconds.');
  }

  const head = request.method + decodedAddress(request.url);
  const fits = secrets.some((secret) =>
    sameSignature(hmac('sha256', secret, [head, request.body, timestamp], 'base64'), signature),
  );
  if (!fits) return refused('signature-wrong', 'The signature does not fit method, public address, body and secret.');
  const ageMs = request.receivedAt - Number(timestamp);
  if (ageMs > toleranceMs) return refused('signature-stale', `The signature is older than ${toleranceMs} ms.`);
  if (ageMs < -futureSkewMs) return refused('signature-stale', `The signature is more than ${futureSkewMs} ms ahead.`);
  return authentic;
}

/** HubSpot decodes these twelve before it signs, and no others: `%20` and `%26` stay. */
const decodedCharacters: ReadonlyMap<string, string> = new Map([
  ['%3A', ':'],
  ['%2F', '/'],
  ['%3F', '?'],
  ['%40', '@'],
  ['%21', '!'],
  ['%24', '$'],
  ['%27', "'"],
  ['%28', '('],
  ['%29', ')'],
  ['%2A', '*'],
  ['%2C', ','],
  ['%3B', ';'],
]);

export function decodedAddress(url: string): string {
  if (!url.includes('%')) return url;
  return url.replaceAll(/%[0-9a-f]{2}/gi, (code) => decodedCharacters.get(code.toUpperCase()) ?? code);
}

function mapHubspot(body: JsonObject, { accounts }: MapContext): Mapped {
  const { data: event } = hubspotEvent.safeParse(body);
  if (!event) return misfit(hubspotEvent, body);
  const nativeType = event.subscriptionType ?? event.eventType ?? '';
  const ends = endsOf(event);
  const [first] = ends;
  const objectId = event.objectId ?? event.primaryObjectId ?? (ends.length > 0 ? ends.join('>') : '');
  const kind = kindOf(nativeType, event.objectTypeId);
  const own = event.objectId ?? event.primaryObjectId ?? event.fromObjectId;
  const alias = own === undefined || own === null ? undefined : `hubspot:${kind}:${own}`;
  return mapped({
    key: [event.portalId, nativeType, objectId, event.propertyName ?? '', event.eventId, event.occurredAt].join(':'),
    type: `hubspot.${knownKinds.has(event.objectTypeId ?? '') ? nativeType.replace(/^object\./, `${kind}.`) : nativeType}`,
    source: `https://api.hubspot.com/portals/${uriPart(event.portalId)}`,
    subject: own === undefined || own === null ? null : String(own),
    time: event.occurredAt,
    entity: entityOf(
      {
        aliases: alias ? [alias, ...ends] : ends,
        emails: () => [],
        otherwise: alias ?? first ?? `hubspot:portal:${event.portalId}`,
      },
      accounts,
    ),
    stream: 'hubspot',
    data: body,
  });
}

/** Well-known values of `objectTypeId`; `2-…` are a company's own. */
const knownKinds: ReadonlyMap<string, string> = new Map([
  ['0-1', 'contact'],
  ['0-2', 'company'],
  ['0-3', 'deal'],
  ['0-5', 'ticket'],
]);

function kindOf(nativeType: string, objectTypeId: string | null | undefined): string {
  return (objectTypeId && (knownKinds.get(objectTypeId) ?? objectTypeId)) || nativeType.split('.', 1)[0] || 'object';
}

/** The two objects of an association change as aliases: `DEAL_TO_CONTACT` from 9 to 5 is `hubspot:deal:9`, `hubspot:contact:5`. */
function endsOf({ associationType, fromObjectId, toObjectId }: HubspotEvent): readonly string[] {
  const [from = 'object', to = 'object'] = associationType?.toLowerCase().split('_to_') ?? [];
  return [
    ...(fromObjectId === undefined || fromObjectId === null ? [] : [`hubspot:${from}:${fromObjectId}`]),
    ...(toObjectId === undefined || toObjectId === null ? [] : [`hubspot:${to}:${toObjectId}`]),
  ];
}
