import { z } from 'zod';

const id = z.union([z.int(), z.string().min(1).max(64)]);

/** One event of a HubSpot webhooks v3 body, which is an array of up to 100 of them. */
export const hubspotEvent = z
  .object({
    eventId: id.describe('Not unique by itself.'),
    portalId: id.describe('The customer’s account.'),
    occurredAt: z.int().describe('Milliseconds since 1970.'),
    subscriptionType: z.string().min(1).max(128).nullish().describe('Such as `deal.propertyChange`.'),
    eventType: z.string().min(1).max(128).nullish().describe('The older name of subscriptionType.'),
    objectId: id.nullish().describe('May be missing on an association change.'),
    objectTypeId: z.string().max(64).nullish().describe('With `object.*` types: `0-3` is a deal.'),
    propertyName: z.string().max(256).nullish(),
    propertyValue: z.string().nullish().describe('`REDACTED` where it is sensitive.'),
    associationType: z.string().max(128).nullish().describe('Such as `DEAL_TO_CONTACT`.'),
    fromObjectId: id.nullish(),
    toObjectId: id.nullish(),
    primaryObjectId: id.nullish().describe('Of a merge.'),
  })
  .refine((event) => event.subscriptionType ?? event.eventType, {
    path: ['subscriptionType'],
    message: 'Neither subscriptionType nor eventType is there',
  });

export type HubspotEvent = z.output<typeof hubspotEvent>;
