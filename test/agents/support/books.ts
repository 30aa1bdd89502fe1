import type { StreamEvent } from '../../../src/core/event.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Score } from '../../../src/core/score.ts';
import { createRandom, type Random } from '../../../src/simulate/random.ts';

/** The time all questions are asked as of. Monday. */
export const asOf = '2026-06-01T00:00:00.000Z';
export const dayMs = 86_400_000;

/** A generated company's events and scores, written down as its connectors would. Times are days before `asOf`. */
export interface Books {
  readonly org: string;
  readonly random: Random;
  readonly events: StreamEvent[];
  readonly scores: Score[];
  event(daysAgo: number, given: Partial<StreamEvent> & { readonly type: string; readonly entity: string }): void;
  /** An invoice that was paid, in whole dollars. */
  payment(entity: string, daysAgo: number, amount: number): void;
  failedPayment(entity: string, daysAgo: number, amount: number): void;
  refund(entity: string, daysAgo: number, amount: number): void;
  subscription(entity: string, daysAgo: number, subscription: Subscription): void;
  /** A bill that was paid, in whole dollars. */
  cost(daysAgo: number, cost: { readonly amount: number; readonly category: string; readonly vendor: string }): void;
  /** A sample of a metric, such as `weekly_active_users`. */
  sample(entity: string, daysAgo: number, name: string, value: number): void;
  call(
    entity: string,
    daysAgo: number,
    call?: { readonly owner?: string; readonly competitors?: readonly string[] },
  ): void;
  conversation(entity: string, daysAgo: number, body?: string): void;
  news(daysAgo: number, news: { readonly title: string; readonly competitor?: string }): void;
  /** A property of a deal that changed, or with no property that it was made. */
  deal(entity: string, id: number, daysAgo: number, property?: string, value?: string | number): void;
  score(entity: string, daysAgo: number, name: string, value: number, given?: Partial<Score>): void;
}

export interface Subscription {
  readonly seats: number;
  readonly seatsBefore?: number;
  /** Of a seat and month, in whole dollars. */
  readonly price: number;
  readonly cancelling?: boolean;
  readonly deleted?: boolean;
  /** As Stripe writes it; `usd` by itself. */
  readonly currency?: string;
}

export function createBooks(org: string, seed: string = org): Books {
  const random = createRandom(`agents/${seed}`);
  const events: StreamEvent[] = [];
  const scores: Score[] = [];
  const idOfNext = (kind: string) => `${kind}-${org}-${events.length + scores.length}`;
  const timeOf = (daysAgo: number) => new Date(Date.parse(asOf) - Math.round(daysAgo * dayMs)).toISOString();

  const event: Books['event'] = (daysAgo, given) => {
    const time = timeOf(daysAgo);
    const plain = { specversion: '1.0', id: idOfNext('e'), source: 'https://test.example', subject: null } as const;
    events.push({ ...plain, time, receivedAt: time, org, origin: 'custom', stream: 'custom', data: {}, ...given });
  };
  const money = (entity: string, daysAgo: number, type: string, object: JsonObject, previous: JsonObject = {}) =>
    event(daysAgo, {
      type: `stripe.${type}`,
      entity,
      origin: 'stripe',
      stream: 'finance',
      data: {
        id: idOfNext('evt'),
        type,
        data: { object: { id: idOfNext('o'), currency: 'usd', ...object }, previous_attributes: previous },
      },
    });
  const cents = (amount: number) => Math.round(amount * 100);

  return {
    org,
    random,
    events,
    scores,
    event,
    payment: (entity, daysAgo, amount) =>
      money(entity, daysAgo, 'invoice.paid', { object: 'invoice', amount_paid: cents(amount), paid: true }),
    failedPayment: (entity, daysAgo, amount) =>
      money(entity, daysAgo, 'invoice.payment_failed', {
        object: 'invoice',
        amount_due: cents(amount),
        amount_remaining: cents(amount),
        attempt_count: 1,
        next_payment_attempt: null,
      }),
    refund: (entity, daysAgo, amount) =>
      money(
        entity,
        daysAgo,
        'charge.refunded',
        { object: 'charge', amount: cents(amount), amount_refunded: cents(amount) },
        { amount_refunded: 0 },
      ),
    subscription: (
      entity,
      daysAgo,
      { seats, seatsBefore, price, cancelling = false, deleted = false, currency = 'usd' },
    ) =>
      money(
        entity,
        daysAgo,
        deleted ? 'customer.subscription.deleted' : 'customer.subscription.updated',
        {
          id: `sub-${entity}`,
          object: 'subscription',
          status: deleted ? 'canceled' : 'active',
          currency,
          cancel_at_period_end: cancelling,
          items: {
            data: [
              {
                quantity: seats,
                price: { unit_amount: currency === 'jpy' ? price : cents(price), recurring: { interval: 'month' } },
              },
            ],
          },
        },
        seatsBefore === undefined ? {} : { quantity: seatsBefore },
      ),
    cost: (daysAgo, { amount, category, vendor }) =>
      event(daysAgo, {
        type: 'finance.cost',
        entity: `org:${org}`,
        data: { amount: cents(amount) / 100, currency: 'USD', category, vendor },
      }),
    sample: (entity, daysAgo, name, value) =>
      event(daysAgo, {
        type: 'metrics.sample',
        entity,
        origin: 'metrics',
        stream: 'metrics',
        subject: name,
        data: { name, value, unit: 'users' },
      }),
    call: (entity, daysAgo, { owner = 'seller@acme.example', competitors = [] } = {}) =>
      event(daysAgo, {
        type: 'gong.call',
        entity,
        origin: 'gong',
        stream: 'gong',
        data: {
          callData: {
            metaData: { id: idOfNext('call'), title: 'Call', duration: 1_800 },
            parties: [{ affiliation: 'Internal', emailAddress: owner, name: owner.split('@')[0] ?? owner }],
            content: {
              trackers: [{ name: 'Competitors', phrases: competitors.map((phrase) => ({ phrase, count: 1 })) }],
            },
          },
        },
      }),
    conversation: (entity, daysAgo, body = 'How do I export this?') =>
      event(daysAgo, {
        type: 'intercom.conversation.user.created',
        entity,
        origin: 'intercom',
        stream: 'intercom',
        data: { type: 'notification_event', data: { item: { type: 'conversation', source: { body } } } },
      }),
    news: (daysAgo, { title, competitor }) =>
      event(daysAgo, {
        type: 'market.news',
        entity: competitor === undefined ? 'market:general' : `competitor:${competitor.toLowerCase()}`,
        origin: 'market',
        stream: 'market',
        data: { title, summary: title, publisher: 'The Paper', ...(competitor === undefined ? {} : { competitor }) },
      }),
    deal: (entity, id, daysAgo, property, value) =>
      event(daysAgo, {
        type: property === undefined ? 'hubspot.deal.creation' : 'hubspot.deal.propertyChange',
        entity,
        origin: 'hubspot',
        stream: 'hubspot',
        source: 'https://api.hubspot.com/portals/62515',
        subject: String(id),
        data:
          property === undefined
            ? { objectId: id, changeFlag: 'CREATED' }
            : { objectId: id, propertyName: property, propertyValue: String(value ?? '') },
      }),
    score: (entity, daysAgo, name, value, given = {}) => {
      const id = idOfNext('s');
      const contributions = [{ name: 'reason', weight: 1, value, eventId: 'none', quote: null }];
      const plain = { subject: null, confidence: 0.8, pipeline: 'test', version: 1 };
      scores.push({ ...plain, id, org, entity, name, value, contributions, time: timeOf(daysAgo), ...given });
    },
  };
}

/** Names for generated customers. */
export const accountsOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `account:customer${index}`);
