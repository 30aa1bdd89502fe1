import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nothing } from '../../src/intake/happenings.ts';
import { z } from 'zod';
import { streamEventSchema } from '../../src/core/event.ts';
import { partitionOf } from '../../src/core/ids.ts';
import { messageBytesMax } from '../../src/log/limits.ts';
import { aDoor, directory, publicUrl, secrets } from './door.ts';
import { sample } from './samples.ts';
import { eventsRequest, invoice, open, stripeRequest } from './requests.ts';

describe('202', () => {
  test('a webhook is in the log before it is answered, with the id in the answer', async () => {
    const { server, log, clock, witness } = await open();
    const answer = await server.inject(stripeRequest(invoice, clock.now()));
    expect(answer.statusCode).toBe(202);
    const [event] = z.array(streamEventSchema).parse(log.jsonOf('EVENTS'));
    expect(answer.json()).toEqual({ accepted: 1, duplicates: 0, ignored: 0, deadLettered: 0, ids: [event?.id] });
    expect(event).toMatchObject({
      specversion: '1.0',
      org: 'acme',
      origin: 'stripe',
      stream: 'finance',
      type: 'stripe.invoice.payment_failed',
      receivedAt: new Date(clock.now()).toISOString(),
      data: JSON.parse(invoice.toString()),
    });
    const partition = partitionOf('acme', event?.entity ?? '', 8);
    expect(log.messagesOf('EVENTS')[0]?.subject).toBe(`weir.events.${partition}.acme.stripe`);
    expect(witness.total()).toEqual({ ...nothing, received: 1, stored: 1, duplicates: 0, dead: 0 });
  });

  test('the same again is a duplicate with the same id, and stored once', async () => {
    const { server, log, clock } = await open();
    const first = await server.inject(stripeRequest(invoice, clock.now()));
    clock.pass(60_000);
    const second = await server.inject(stripeRequest(invoice, clock.now()));
    expect(second.json()).toEqual({ ...first.json(), accepted: 0, duplicates: 1 });
    expect(log.messagesOf('EVENTS')).toHaveLength(1);
  });

  test('what was seen before is a duplicate without asking the log', async () => {
    const { server, log, clock, seen } = await open();
    const { ids } = (await server.inject(stripeRequest(invoice, clock.now()))).json();
    const { server: fresh, log: empty, clock: later, seen: known } = await aDoor();
    for (const id of ids) known.ids.add(id);
    const answer = await fresh.inject(stripeRequest(invoice, later.now()));
    expect(answer.json()).toMatchObject({ accepted: 0, duplicates: 1, ids });
    expect(empty.messagesOf('EVENTS')).toHaveLength(0);
    expect(log.messagesOf('EVENTS')).toHaveLength(1);
    expect(seen.ready).toBe(true);
    await fresh.close();
  });

  test('a HubSpot body of four is four events, one broken among them is a dead letter that can be handed in again', async () => {
    const { server, intake, log, clock, witness } = await open();
    const events: object[] = JSON.parse(sample('hubspot/deal-batch.json').toString());
    const body = Buffer.from(JSON.stringify([...events.slice(0, 3), { eventId: 1 }]));
    const answer = await server.inject(hubspotRequest(body, clock.now()));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ accepted: 3, duplicates: 0, ignored: 0, deadLettered: 1 });
    expect(answer.json().ids).toHaveLength(3);
    const letter = letterSchema.parse(log.jsonOf('DEADLETTERS')[0]);
    expect(letter).toMatchObject({ org: 'acme', hop: 'intake', source: 'hubspot', reason: 'unmappable', events: 1 });
    expect(Buffer.from(letter.body, 'base64').toString()).toBe('[{"eventId":1}]');
    expect(await intake.replay(letter)).toMatchObject({
      accepted: 0,
      duplicates: 1,
      deadLettered: 0,
      deadAgain: [{ reason: letter.reason, detail: letter.detail }],
    });
    const mended = Buffer.from(JSON.stringify([events[3]])).toString('base64');
    expect(await intake.replay({ ...letter, body: mended })).toMatchObject({ accepted: 1, deadAgain: [] });
    expect(witness.total()).toEqual({ ...nothing, received: 6, stored: 4, duplicates: 1, dead: 1 });
  });

  test('what is authentic and neither object nor list is a dead letter, byte for byte', async () => {
    const { server, log, clock } = await open();
    const answer = await server.inject(stripeRequest(Buffer.from('"Grüße"'), clock.now()));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ accepted: 0, duplicates: 0, ignored: 0, deadLettered: 1, ids: [] });
    const letter = letterSchema.parse(log.jsonOf('DEADLETTERS')[0]);
    expect(Buffer.from(letter.body, 'base64').toString()).toBe('"Grüße"');
  });

  test.each([
    ['as large as fits into a letter is one, whole', 700 * 1024, 700 * 1024],
    ['larger than that is one all the same, with its beginning', 700 * 1024 + 1, 64 * 1024],
  ])('what is authentic, unmappable and %s', async (_, size, kept) => {
    const { server, log, clock, witness } = await open();
    const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(size - '{"text":""}'.length) }));
    const answer = await server.inject(stripeRequest(body, clock.now()));
    expect([answer.statusCode, answer.json()]).toMatchObject([202, { accepted: 0, deadLettered: 1 }]);
    const letter = letterSchema.parse(log.jsonOf('DEADLETTERS')[0]);
    expect(Buffer.from(letter.body, 'base64').equals(body.subarray(0, kept))).toBe(true);
    expect(letter.detail.includes(`its first ${kept} bytes are kept`)).toBe(kept < size);
    expect(log.messagesOf('DEADLETTERS')[0]?.data.length).toBeLessThan(messageBytesMax);
    expect(witness.total()).toMatchObject({ received: 1, dead: 1 });
  });

  test('pings, test calls and empty batches are ignored', async () => {
    const { server, clock, log } = await open();
    const ping = await server.inject(intercomRequest(sample('intercom/ping-tab-indented.json')));
    expect([ping.statusCode, ping.json()]).toEqual([
      202,
      { accepted: 0, duplicates: 0, ignored: 1, deadLettered: 0, ids: [] },
    ]);
    const call = sample('gong/automation-rule-test-call.json');
    const headers = { 'content-type': 'text/json; charset=utf-8' };
    const wrongType = await server.inject({
      method: 'POST',
      url: '/webhooks/acme/gong?key=a-long-random-key',
      headers,
      payload: call,
    });
    expect(wrongType.statusCode).toBe(415);
    const noType = await server.inject({
      method: 'POST',
      url: '/webhooks/acme/gong?key=a-long-random-key',
      payload: call,
    });
    expect(noType.json()).toMatchObject({ ignored: 1 });
    const empty = await server.inject(hubspotRequest(Buffer.from('[]'), clock.now()));
    expect([empty.statusCode, empty.json().ids]).toEqual([202, []]);
    expect(log.messagesOf('EVENTS')).toHaveLength(0);
  });

  test('a time too far ahead is clamped, and what was claimed kept', async () => {
    const { server, clock, log, witness } = await open();
    const event = { specversion: '1.0', id: '1', source: '/s', type: 't', time: '9999-12-31T23:59:59Z' };
    await server.inject(eventsRequest(event));
    expect(z.array(streamEventSchema).parse(log.jsonOf('EVENTS'))[0]).toMatchObject({
      time: new Date(clock.now() + 300_000).toISOString(),
      claimedTime: '9999-12-31T23:59:59.000Z',
    });
    expect(witness.words).toEqual(['clamped custom']);
  });

  test('calls, deals, conversations and invoices of one customer meet in one entity', async () => {
    const accounts = directory({
      brightloom: [
        'stripe:cus_00000000000000',
        'hubspot:deal:9007001',
        'domain:customer.example',
        'domain:prospect.example',
      ],
    });
    const { server, clock, log } = await open({ accounts });
    await server.inject(stripeRequest(invoice, clock.now()));
    await server.inject(hubspotRequest(sample('hubspot/deal-batch.json'), clock.now()));
    await server.inject(intercomRequest(sample('intercom/conversation-user-created-v2.json')));
    await server.inject(gongRequest(sample('gong/automation-rule-call-newer-fields.json')));
    const about = z
      .array(streamEventSchema)
      .parse(log.jsonOf('EVENTS'))
      .filter(({ subject }) => subject !== '9007002');
    expect(new Set(about.map(({ origin }) => origin)).size).toBe(4);
    expect(new Set(about.map(({ entity }) => entity))).toEqual(new Set(['account:brightloom']));
  });

  test('CloudEvents: one, a batch, and binary; market and metrics keep their origin', async () => {
    const { server, log, witness } = await open();
    const event = (id: string, type: string) => ({
      specversion: '1.0',
      id,
      source: '/s',
      type,
      data: { value: 1, title: 'News' },
    });
    expect((await server.inject(eventsRequest(event('1', 'com.example.t')))).json()).toMatchObject({ accepted: 1 });
    const batch = eventsRequest(
      [event('2', 'market.news'), event('3', 'metrics.sample'), event('1', 'com.example.t')],
      'application/cloudevents-batch+json',
    );
    const answer = await server.inject(batch);
    expect(answer.json()).toMatchObject({ accepted: 2, duplicates: 1, ignored: 0, deadLettered: 0 });
    const events = z.array(streamEventSchema).parse(log.jsonOf('EVENTS'));
    expect(events.map(({ origin, stream }) => [origin, stream])).toEqual([
      ['custom', 'custom'],
      ['market', 'market'],
      ['metrics', 'metrics'],
    ]);
    expect(answer.json().ids).toEqual([events[1]?.id, events[2]?.id, events[0]?.id]);
    const binary = await server.inject({
      method: 'POST',
      url: '/events/acme?access_token=of-acme',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': '9',
        'ce-source': '/s',
        'ce-type': 't',
        'content-type': 'text/plain',
      },
      payload: 'hello',
    });
    expect([binary.statusCode, binary.json().accepted]).toEqual([202, 1]);
    expect(witness.total()).toEqual({ ...nothing, received: 5, stored: 4, duplicates: 1, dead: 0 });
  });
});

const letterSchema = z.object({
  id: z.string(),
  org: z.string(),
  hop: z.enum(['intake', 'pipeline', 'archive']),
  source: z.string(),
  reason: z.string(),
  detail: z.string(),
  eventId: z.string().nullable(),
  at: z.string(),
  events: z.number(),
  body: z.string(),
  contentType: z.string(),
});

function hubspotRequest(payload: Buffer, now: number) {
  const url = '/webhooks/acme/hubspot';
  const mac = createHmac('sha256', secrets.hubspot)
    .update(`POST${publicUrl}${url}`)
    .update(payload)
    .update(String(now));
  const headers = {
    'content-type': 'application/json',
    'x-hubspot-signature-v3': mac.digest('base64'),
    'x-hubspot-request-timestamp': String(now),
  };
  return { method: 'POST', url, headers, payload } as const;
}

function intercomRequest(payload: Buffer) {
  const signature = `sha1=${createHmac('sha1', secrets.intercom).update(payload).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-hub-signature': signature };
  return { method: 'POST', url: '/webhooks/acme/intercom', headers, payload } as const;
}

function gongRequest(payload: Buffer) {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', url: '/webhooks/acme/gong?key=a-long-random-key', headers, payload } as const;
}
