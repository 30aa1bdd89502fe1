import type { Stream } from '../core/event.ts';

/**
 * What an event is about, and so which pipelines read it. An event's type is `<origin>.<what the provider calls it>`:
 * `stripe.invoice.payment_failed`, `intercom.conversation.user.replied`, `hubspot.deal.propertyChange`, `gong.call`;
 * those who send CloudEvents choose their own, and the first word counts in the same way: `market.news`, `metrics.sample`.
 */
const streamOfWord: ReadonlyMap<string, Stream> = new Map([
  ['gong', 'gong'],
  ['hubspot', 'hubspot'],
  ['salesforce', 'hubspot'],
  ['intercom', 'intercom'],
  ['stripe', 'finance'],
  ['chargebee', 'finance'],
  ['finance', 'finance'],
  ['market', 'market'],
  ['metrics', 'metrics'],
]);

/** Outcomes go where the case was scored. */
const streamOfOutcome: ReadonlyMap<string, Stream> = new Map([
  ['weir.outcome.deal', 'hubspot'],
  ['weir.outcome.account', 'finance'],
  ['weir.outcome.conversation', 'intercom'],
  ['weir.outcome.payment', 'finance'],
  ['weir.outcome.alert', 'custom'],
]);

/** The stream of an event: of an outcome that of its case; else by its origin, else by the first word of its type, else `custom`. */
export function streamOf(origin: string, type: string): Stream {
  const ofOutcome = streamOfOutcome.get(type);
  if (ofOutcome) return ofOutcome;
  return streamOfWord.get(origin) ?? streamOfWord.get(type.slice(0, Math.max(0, type.indexOf('.')))) ?? 'custom';
}
