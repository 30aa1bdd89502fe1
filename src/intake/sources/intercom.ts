import { intercomNotification } from '../../../schemas/sources/intercom.ts';
import { durationMs } from '../../core/duration.ts';
import type { JsonObject } from '../../core/json.ts';
import { entityOf, type Clues } from '../entity.ts';
import { ignored, mapped, misfit, unmappable } from '../mapped.ts';
import { idAt, isObject, objectsAt, textAt, valueAt } from '../read.ts';
import { authentic, hmac, refused, sameSignature } from '../signatures.ts';
import type { MapContext, Mapped, Source, SourceRequest, Verification } from '../source.ts';
import { uriPart } from '../uri.ts';

/**
 * Intercom: conversations. `X-Hub-Signature: sha1=<hex>`, HMAC-SHA1 of the body with the app's client secret; nothing binds
 * it to a time, so a replay is caught by the notification's id alone. `type` is `intercom.<topic>`, the subject the
 * conversation's (contact's, ticket's) id, the data the whole notification.
 *
 * How often Intercom repeats is not said; what it says of delays (up to 2 h when throttled) lies well within a day.
 */
export const intercom: Source = {
  name: 'intercom',
  retryHorizonMs: durationMs('24h'),
  verify: verifyIntercom,
  map: (body, context) => [
    isObject(body) ? mapIntercom(body, context) : unmappable('An Intercom notification is one object'),
  ],
};

function verifyIntercom(request: SourceRequest, secrets: readonly string[]): Verification {
  const header = request.headers['x-hub-signature'];
  if (!header) return refused('signature-missing', 'The header X-Hub-Signature is missing.');
  if (!/^sha1=[0-9a-f]{40}$/.test(header)) {
    return refused('signature-wrong', 'X-Hub-Signature is not sha1=<40 hex digits>.');
  }
  const fits = secrets.some((secret) => sameSignature(`sha1=${hmac('sha1', secret, [request.body], 'hex')}`, header));
  return fits ? authentic : refused('signature-wrong', 'The signature fits neither body nor secret.');
}

function mapIntercom(body: JsonObject, { accounts }: MapContext): Mapped {
  const { data: notification } = intercomNotification.safeParse(body);
  if (!notification) return misfit(intercomNotification, body);
  if (notification.topic === 'ping') return ignored('ping');
  if (notification.id === null) return unmappable('/id: only a ping has none');

  const data = body['data'];
  const item = isObject(data) ? data['item'] : undefined;
  return mapped({
    key: notification.id,
    type: `intercom.${notification.topic}`,
    source: `https://api.intercom.io/apps/${uriPart(notification.app_id)}`,
    subject: idAt(item, 'id') ?? null,
    time: notification.created_at * 1000,
    entity: entityOf(cluesIn(isObject(item) ? item : {}, notification.app_id), accounts),
    stream: 'intercom',
    data: body,
  });
}

/** Who is on the customer's side, in both models: `user` (1.x), `contacts`, `source.author` and parts (2.x), or the item itself. */
function cluesIn(item: JsonObject, app: string): Clues {
  const authors = [
    item,
    valueAt(item, 'user'),
    valueAt(item, 'source', 'author'),
    ...objectsAt(item, 'conversation_parts', 'conversation_parts').map((part) => part['author']),
  ].filter(isCustomer);
  const contacts = [...authors, ...objectsAt(item, 'contacts', 'contacts')].flatMap((who) => textAt(who, 'id') ?? []);
  const companies = [
    ...(item['type'] === 'company' ? [item] : []),
    ...objectsAt(item, 'companies', 'companies'),
  ].flatMap((company) => [textAt(company, 'id') ?? [], textAt(company, 'company_id') ?? []].flat());
  const aliases = [
    ...companies.map((id) => `intercom:company:${id}`),
    ...contacts.map((id) => `intercom:contact:${id}`),
  ];
  const own = idAt(item, 'id');
  return {
    aliases: [...new Set(aliases)],
    emails: () => authors.map((who) => textAt(who, 'email')),
    otherwise:
      aliases[0] ?? (own === undefined ? `intercom:app:${app}` : `intercom:${textAt(item, 'type') ?? 'item'}:${own}`),
  };
}

function isCustomer(who: unknown): who is JsonObject {
  return isObject(who) && ['user', 'lead', 'contact'].includes(textAt(who, 'type') ?? '');
}
