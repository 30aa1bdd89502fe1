import { z } from 'zod';

/*
 * What became of a case that was scored, told by whoever knows: CloudEvents whose `entity` is the one the case was scored
 * under, and whose data is one of these. Where a provider tells it anyhow (HubSpot's closed stages, Stripe's ended
 * subscriptions), nothing needs to be sent.
 */

const id = z.union([z.string().min(1).max(256), z.int()]);

/** `weir.outcome.deal`. */
const dealOutcome = z.looseObject({
  deal: id.describe('The deal’s id, as its events have it.'),
  outcome: z.enum(['won', 'lost']),
});

/** `weir.outcome.account`: the entity itself. */
const accountOutcome = z.looseObject({ outcome: z.enum(['churned', 'renewed']) });

/** `weir.outcome.conversation`. */
const conversationOutcome = z.looseObject({
  conversation: id.describe('The conversation’s id, as its events have it.'),
  outcome: z.enum(['urgent', 'not urgent']),
});

/** `weir.outcome.payment`. */
const paymentOutcome = z.looseObject({
  payment: id.describe('The payment’s id, as its events have it: Stripe’s payment intent, else the charge.'),
  outcome: z.enum(['fraud', 'legitimate']),
});

const name = z.string().min(1).max(64);

/** A person’s verdict: over HTTP it takes the right to act on alerts, over NATS it is not taken. */
export const alertOutcomeType = 'weir.outcome.alert';

/** What a person says of an alert, with what the alert says of itself. */
const alertOutcome = z.looseObject({
  alert: name.describe('The alert’s id.'),
  episode: z.int().min(1).describe('Its episode: what is said of one first counts.'),
  pipeline: name,
  rule: name,
  outcome: z.enum(['useful', 'noise']),
});

/** By the event's type. */
export const outcomeSchemas: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['weir.outcome.deal', dealOutcome],
  ['weir.outcome.account', accountOutcome],
  ['weir.outcome.conversation', conversationOutcome],
  ['weir.outcome.payment', paymentOutcome],
  [alertOutcomeType, alertOutcome],
]);
