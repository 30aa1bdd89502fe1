import type { JsonObject } from '../core/json.ts';

export type Provider = 'gong' | 'hubspot' | 'intercom' | 'stripe';

/**
 * One notification, before it is a request: what the provider has to say at `at` (event time, ms since 1970, whole
 * seconds because Intercom and Stripe say no more), in the provider's own shape.
 */
export interface Notice {
  readonly at: number;
  /** The provider, or `events` for CloudEvents at `POST /events/{org}`. */
  readonly source: Provider | 'events';
  /** Whom it is about. A sender that waits for each answer before the next of the same entity keeps their order. */
  readonly entity: readonly string[];
  /** HubSpot's array and a batch of CloudEvents hold several, the others one. */
  readonly events: readonly JsonObject[];
}
