import { stripeEvent, type StripeSnapshotEvent, type StripeThinEvent } from '../../../schemas/sources/stripe.ts';
import { durationMs } from '../../core/duration.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { rfc3339Ms } from '../../core/time.ts';
import { entityOf } from '../entity.ts';
import { mapped, misfit, unmappable } from '../mapped.ts';
import { isObject, textAt } from '../read.ts';
import { authentic, hmac, refused, sameSignature } from '../signatures.ts';
import type { MapContext, Mapped, Source, SourceRequest, Verification } from '../source.ts';
import { uriPart } from '../uri.ts';

/** As in Stripe's own library: a signature is good for this long. The future is not judged, for the time is signed. */
const toleranceS = 300;

/**
 * Stripe: money. `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 over `t.body`; the whole secret with
 * its `whsec_` is the key. An event's `type` is `stripe.<Stripe's type>`, its subject the object's id, its data Stripe's event.
 */
export const stripe: Source = {
  name: 'stripe',
  retryHorizonMs: durationMs('3d'),
  verify: verifyStripe,
  map: (body, context) => [isObject(body) ? mapStripe(body, context) : unmappable('A Stripe event is one object')],
};

function verifyStripe(request: SourceRequest, secrets: readonly string[]): Verification {
  const header = request.headers['stripe-signature'];
  if (!header) return refused('signature-missing', 'The header Stripe-Signature is missing.');
  const { times, signatures } = itemsIn(header);
  const [time] = times;
  if (time === undefined || times.length > 1 || !/^\d{1,12}$/.test(time)) {
    return refused('signature-wrong', 'Stripe-Signature has no single t=<seconds>.');
  }
  if (signatures.length === 0) return refused('signature-wrong', 'Stripe-Signature has no v1=<64 hex digits>.');

  const fits = secrets.some((secret) => {
    const expected = hmac('sha256', secret, [`${time}.`, request.body], 'hex');
    return signatures.some((signature) => sameSignature(expected, signature));
  });
  if (!fits) return refused('signature-wrong', 'No v1 signature fits body and secret.');
  if (Math.floor(request.receivedAt / 1000) - Number(time) > toleranceS) {
    return refused('signature-stale', `The signature is older than ${toleranceS} s.`);
  }
  return authentic;
}

/** Nearly every header: one time, one signature. */
const usualHeader = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

function itemsIn(header: string) {
  const [, time, signature] = usualHeader.exec(header) ?? [];
  if (time !== undefined && signature !== undefined) return { times: [time], signatures: [signature] };
  const times: string[] = [];
  const signatures: string[] = [];
  for (const part of header.split(',')) {
    const item = part.trim();
    if (item.startsWith('t=')) times.push(item.slice('t='.length));
    else if (/^v1=[0-9a-f]{64}$/.test(item)) signatures.push(item.slice('v1='.length));
  }
  return { times, signatures };
}

function mapStripe(body: JsonObject, context: MapContext): Mapped {
  const { data: event } = stripeEvent.safeParse(body);
  if (!event) return misfit(stripeEvent, body);
  const about = event.object === 'event' ? aboutSnapshot(body, event, context) : aboutThin(event, context);
  return mapped({ key: event.id, type: `stripe.${event.type}`, stream: 'finance', data: body, ...about });
}

function aboutSnapshot(body: JsonObject, event: StripeSnapshotEvent, { accounts }: MapContext) {
  const data = body['data'];
  const object = isObject(data) ? data['object'] : undefined;
  const objectId = textAt(object, 'id');
  const customer = objectId?.startsWith('cus_')
    ? objectId
    : (textAt(object, 'customer') ?? textAt(object, 'customer', 'id'));
  const named = customer ?? objectId ?? event.account ?? textAt(object, 'object') ?? 'account';
  return {
    source: sourceOf(event.account),
    subject: objectId ?? null,
    time: event.created * 1000,
    entity: entityOf(
      {
        aliases: [customer, event.account].flatMap((id) => (id ? [`stripe:${id}`] : [])),
        emails: () => [emailIn(object)],
        otherwise: `stripe:${named}`,
      },
      accounts,
    ),
  };
}

function emailIn(object: Json | undefined): string | undefined {
  for (const path of emailPaths) {
    const email = textAt(object, ...path);
    if (email !== undefined) return email;
  }
  return undefined;
}

/** Where Stripe's objects (invoice, charge, checkout session, customer, dispute) hold the customer's address. */
const emailPaths = [
  ['customer_email'],
  ['email'],
  ['customer', 'email'],
  ['customer_details', 'email'],
  ['billing_details', 'email'],
  ['receipt_email'],
  ['evidence', 'customer_email_address'],
] as const;

function aboutThin(event: StripeThinEvent, { accounts }: MapContext) {
  const related = event.related_object?.id;
  const otherwise = `stripe:${related ?? event.id}`;
  return {
    source: sourceOf(undefined),
    subject: related ?? null,
    time: rfc3339Ms(event.created),
    entity: entityOf({ aliases: [otherwise], emails: () => [], otherwise }, accounts),
  };
}

function sourceOf(account: string | null | undefined): string {
  return account ? `https://api.stripe.com/accounts/${uriPart(account)}` : 'https://api.stripe.com';
}
