import { z } from 'zod';
import { anyObject } from './object.ts';

const id = z.string().min(1).max(256);
const type = z.string().min(1).max(200);

/** A Stripe event with the whole object in it. The object's shape depends on the endpoint's `api_version`. */
const snapshotEvent = z.object({
  object: z.literal('event'),
  id,
  type: type.describe('Such as `invoice.payment_failed`.'),
  created: z.int().describe('Seconds since 1970.'),
  account: z.string().max(256).nullish().describe('The connected account.'),
  data: z.object({ object: anyObject }),
});

/** A thin event only names the object it is about. */
const thinEvent = z.object({
  object: z.literal('v2.core.event'),
  id,
  type,
  created: z.string().describe('ISO 8601.'),
  related_object: z.object({ id, type }).nullish(),
});

export const stripeEvent = z.discriminatedUnion('object', [snapshotEvent, thinEvent]);

export type StripeSnapshotEvent = z.output<typeof snapshotEvent>;
export type StripeThinEvent = z.output<typeof thinEvent>;
