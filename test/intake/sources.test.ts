import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { isObject } from '../../src/intake/read.ts';
import type { EventDraft } from '../../src/intake/source.ts';
import { directory, nobody, sources } from './door.ts';
import { sampleJson } from './samples.ts';
import { drafts, map, objectIn } from './mapping.ts';

/** What of a draft tells it apart; the data is looked at by itself. */
const about = ({ type, subject, entity, stream, time }: EventDraft) => ({
  type,
  subject,
  entity,
  stream,
  time: time === undefined ? undefined : new Date(time).toISOString(),
});

describe('Stripe', () => {
  test.each([
    ['charge.failed', 'stripe.charge.failed', 'ch_000000000000000000000000', 'stripe:ch_000000000000000000000000'],
    ['charge.dispute.created', 'stripe.charge.dispute.created', 'du_000000000000000000000000', undefined],
    [
      'invoice.payment_failed',
      'stripe.invoice.payment_failed',
      'in_000000000000000000000000',
      'stripe:cus_00000000000000',
    ],
    [
      'customer.subscription.deleted',
      'stripe.customer.subscription.deleted',
      'sub_000000000000000000000000',
      'stripe:cus_00000000000000',
    ],
    [
      'customer.subscription.updated',
      'stripe.customer.subscription.updated',
      'sub_000000000000000000000000',
      'stripe:cus_00000000000000',
    ],
    ['payout.paid', 'stripe.payout.paid', 'po_000000000000000000000000', 'stripe:po_000000000000000000000000'],
  ])('maps %s', (file, type, subject, entity) => {
    const body = objectIn(`stripe/${file}.json`);
    const [draft] = drafts('stripe', body);
    expect(draft).toMatchObject({
      type,
      stream: 'finance',
      key: body['id'],
      source: 'https://api.stripe.com',
      data: body,
    });
    expect(draft?.time).toBe(Number(body['created']) * 1000);
    if (entity === undefined) expect(draft?.subject).toMatch(/^d[up]_/);
    else expect(draft).toMatchObject({ subject, entity });
  });

  test('maps a thin event by the object it names', () => {
    expect(drafts('stripe', sampleJson('stripe/thin-event-notification.json')).map(about)).toEqual([
      {
        type: 'stripe.v1.billing.meter.error_report_triggered',
        subject: 'mtr_test_61Fake00000000000001',
        entity: 'stripe:mtr_test_61Fake00000000000001',
        stream: 'finance',
        time: '2026-02-17T06:20:52.246Z',
      },
    ]);
  });

  test('is about the account that claims the customer, else about the company of the address', () => {
    const event = (object: JsonObject): JsonObject => ({
      id: 'evt_1',
      object: 'event',
      type: 'invoice.paid',
      created: 1,
      data: { object },
    });
    const invoice = { id: 'in_1', customer: { id: 'cus_1', email: 'a@brightloom.io' } };
    const known = directory({ brightloom: ['stripe:cus_1'] });
    expect(drafts('stripe', event(invoice), known)[0]?.entity).toBe('account:brightloom');
    expect(drafts('stripe', event(invoice))[0]?.entity).toBe('account:brightloom.io');
    expect(drafts('stripe', event({ ...invoice, customer_email: 'a@gmail.com' }))[0]?.entity).toBe('stripe:cus_1');
    expect(drafts('stripe', event({ id: 'cus_2', email: 'x@Acme.Example' }))[0]?.entity).toBe('account:acme.example');
    expect(drafts('stripe', event({ object: 'balance' }))[0]).toMatchObject({
      entity: 'stripe:balance',
      subject: null,
    });
  });
});

describe('HubSpot', () => {
  test('maps each event of a body, whatever its model', () => {
    expect(drafts('hubspot', sampleJson('hubspot/deal-batch.json')).map(about)).toEqual([
      deal('hubspot.deal.creation', '9007001', '2025-12-29T09:20:00.123Z'),
      deal('hubspot.deal.propertyChange', '9007001', '2025-12-29T09:20:05.456Z'),
      deal('hubspot.deal.propertyChange', '9007001', '2025-12-29T09:20:05.456Z'),
      deal('hubspot.deal.deletion', '9007002', '2025-12-29T09:20:09.999Z'),
    ]);
    expect(
      drafts('hubspot', sampleJson('hubspot/generic-object-events.json')).map(({ type, entity }) => [type, entity]),
    ).toEqual([
      ['hubspot.deal.propertyChange', 'hubspot:deal:9007003'],
      ['hubspot.contact.creation', 'hubspot:contact:501'],
      ['hubspot.ticket.deletion', 'hubspot:ticket:77'],
    ]);
    expect(drafts('hubspot', sampleJson('hubspot/batch-legacy-eventtype-key.json')).map(({ type }) => type)).toEqual([
      'hubspot.contact.propertyChange',
      'hubspot.contact.creation',
    ]);
    expect(
      drafts('hubspot', sampleJson('hubspot/association-and-conversation.json')).map(({ type, subject, entity }) => [
        type,
        subject,
        entity,
      ]),
    ).toEqual([
      ['hubspot.deal.associationChange', '9007001', 'hubspot:deal:9007001'],
      ['hubspot.conversation.newMessage', '880001', 'hubspot:conversation:880001'],
    ]);
  });

  test('tells two changes of one event apart, and not two attempts', () => {
    const [, stage, amount] = drafts('hubspot', sampleJson('hubspot/deal-batch.json'));
    expect(stage?.key).not.toBe(amount?.key);
    const again = sampleJson('hubspot/deal-batch.json');
    if (!Array.isArray(again)) throw new Error('no batch');
    const retried = again.map((event): Json => (isObject(event) ? { ...event, attemptNumber: 5 } : event));
    expect(drafts('hubspot', retried).map(({ key }) => key)).toEqual(
      drafts('hubspot', sampleJson('hubspot/deal-batch.json')).map(({ key }) => key),
    );
  });

  test('finds the account by either end of an association', () => {
    const known = directory({ brightloom: ['hubspot:contact:501'] });
    expect(drafts('hubspot', sampleJson('hubspot/association-and-conversation.json'), known)[0]?.entity).toBe(
      'account:brightloom',
    );
  });

  test('keeps the good events of a body beside a broken one', () => {
    const [good] = drafts('hubspot', sampleJson('hubspot/contact-creation-signature-example.json'));
    const mapped = map('hubspot', [good?.data ?? {}, { eventId: 'x' }, { ...good?.data, occurredAt: 'yesterday' }]);
    expect(mapped.map(({ kind }) => kind)).toEqual(['event', 'dead', 'dead']);
    expect(mapped[2]).toMatchObject({ reason: 'unmappable', detail: expect.stringContaining('/occurredAt') });
  });
});

test.each(sources.map((source) => [source.name, source] as const))(
  '%s never throws for whatever JSON comes',
  (_, source) => {
    const anything = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      damaged(objectIn('stripe/invoice.payment_failed.json')),
      damaged(objectIn('intercom/conversation-user-created-v2.json')),
      damaged(objectIn('gong/automation-rule-call-newer-fields.json')),
    );
    fc.assert(
      fc.property(anything, (body) => {
        const parsed: JsonObject | readonly JsonObject[] = JSON.parse(JSON.stringify(body));
        const context = { org: 'acme', receivedAt: 0, accounts: nobody };
        for (const mapped of source.map(parsed, context)) expect(['event', 'ignored', 'dead']).toContain(mapped.kind);
      }),
      { numRuns: 200 },
    );
  },
);

test.each([
  ['gong', 'gong/automation-rule-call-newer-fields.json'],
  ['hubspot', 'hubspot/contact-creation-signature-example.json'],
  ['intercom', 'intercom/conversation-user-created-v2.json'],
  ['stripe', 'stripe/invoice.payment_failed.json'],
])('%s never throws for half a character, wherever it stands', (name, file) => {
  const sent = sampleJson(file);
  // HubSpot's is a list.
  const body = z.record(z.string(), z.json()).parse(Array.isArray(sent) ? sent[0] : sent);
  const whole: JsonObject = name === 'stripe' ? { ...body, account: 'acct_1' } : body;
  for (const path of pathsIn(whole, [])) {
    const broken = z.record(z.string(), z.json()).parse(changed(whole, path, '\ud800'));
    expect(map(name, name === 'hubspot' ? [broken] : broken), path.join('/')).toHaveLength(1);
  }
});

/** A real body in which one value, at any depth, is another one. */
function damaged(body: JsonObject): fc.Arbitrary<unknown> {
  const paths = pathsIn(body, []);
  return fc.tuple(fc.nat(paths.length - 1), fc.jsonValue()).map(([at, value]) => changed(body, paths[at] ?? [], value));
}

function changed(body: JsonObject, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone<unknown>(body);
  let inner = copy;
  for (const key of path.slice(0, -1)) inner = Reflect.get(Object(inner), key);
  Reflect.set(Object(inner), path.at(-1) ?? '', value);
  return copy;
}

function pathsIn(value: unknown, path: string[]): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key])),
  ];
}

function deal(type: string, id: string, time: string) {
  return { type, subject: id, entity: `hubspot:deal:${id}`, stream: 'hubspot', time };
}
