import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { nothing } from '../../src/intake/happenings.ts';
import { z } from 'zod';
import { streamEventSchema } from '../../src/core/event.ts';
import { partitionOf } from '../../src/core/ids.ts';
import { aDoor, directory, publicUrl, secrets, type Door, type DoorOptions } from './door.ts';
import { sample } from './samples.ts';

let door: Door | undefined;

afterEach(async () => {
  await door?.server.close();
  door = undefined;
});

/** Opens the door of this test; it is shut after it. */
async function open(options?: DoorOptions): Promise<Door> {
  door = await aDoor(options);
  return door;
}

const invoice = sample('stripe/invoice.payment_failed.json');

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
    expect(await intake.replay(letter)).toMatchObject({ accepted: 0, duplicates: 1, deadLettered: 0 });
    const mended = Buffer.from(JSON.stringify([events[3]])).toString('base64');
    expect(await intake.replay({ ...letter, body: mended })).toMatchObject({ accepted: 1 });
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
    const event = (id: string, type: string) => ({ specversion: '1.0', id, source: '/s', type, data: { a: 1 } });
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

describe('400', () => {
  test.each([
    ['truncated JSON', invoice.subarray(0, 700)],
    ['nothing', Buffer.alloc(0)],
    ['1,000 levels', Buffer.from(`{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`)],
    ['__proto__', Buffer.from('{"id":"evt_1","__proto__":{"isAdmin":true}}')],
    ['__proto__ written as escapes', Buffer.from('{"id":"evt_1","\\u005f_proto__":{"isAdmin":true}}')],
    ['constructor.prototype', Buffer.from('{"constructor":{"prototype":{"isAdmin":true}}}')],
    ['bad UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
    ['more values than the limit', Buffer.from(`[${'0,'.repeat(250_001)}0]`)],
  ])('signed %s', async (_, body) => {
    const { server, clock, log, witness } = await open();
    const answer = await server.inject(stripeRequest(body, clock.now()));
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json().type).toBe('urn:weir:error:body-malformed');
    expect(log.messagesOf('EVENTS')).toHaveLength(0);
    expect(witness.total().received).toBe(0);
    expect(witness.refusals).toEqual(['body-malformed']);
  });

  test('an envelope that is none', async () => {
    const { server } = await open();
    const answer = await server.inject(eventsRequest([1], 'application/cloudevents-batch+json'));
    expect([answer.statusCode, answer.json().type]).toEqual([400, 'urn:weir:error:envelope-malformed']);
  });
});

describe('401, 403, 404', () => {
  test('a signature that is missing, wrong or stale', async () => {
    const { server, clock, log, witness } = await open();
    const good = stripeRequest(invoice, clock.now());
    const missing = await server.inject({ ...good, headers: { 'content-type': 'application/json' } });
    const wrong = await server.inject({ ...good, payload: Buffer.concat([invoice, Buffer.from(' ')]) });
    clock.pass(301_000);
    const stale = await server.inject(good);
    expect([missing, wrong, stale].map(({ statusCode, json }) => [statusCode, json().type])).toEqual([
      [401, 'urn:weir:error:signature-missing'],
      [401, 'urn:weir:error:signature-wrong'],
      [401, 'urn:weir:error:signature-stale'],
    ]);
    expect(witness.refusals).toEqual(['signature-missing', 'signature-wrong', 'signature-stale']);
    expect(log.messagesOf('EVENTS')).toHaveLength(0);
    expect(wrong.body).not.toContain(secrets.stripe);
  });

  test('no such org, no such source, a source of another org: which one is not said', async () => {
    const { server, clock } = await open();
    const good = stripeRequest(invoice, clock.now());
    const details = [];
    for (const url of [
      '/webhooks/nobody/stripe',
      '/webhooks/acme/unknown',
      '/webhooks/other/stripe',
      '/webhooks/__proto__/constructor',
    ]) {
      const answer = await server.inject({ ...good, url });
      expect(answer.statusCode).toBe(404);
      details.push(answer.json().detail);
    }
    expect(new Set(details).size).toBe(1);
  });

  test('a source without a secret is refused, unless `unsigned: true` is written down', async () => {
    const { server, clock } = await open({
      sources: { stripe: { secrets: [], unsigned: false }, intercom: { secrets: [], unsigned: true } },
    });
    expect((await server.inject(stripeRequest(invoice, clock.now()))).statusCode).toBe(403);
    const unsigned = {
      method: 'POST',
      url: '/webhooks/acme/intercom',
      headers: { 'content-type': 'application/json' },
    } as const;
    const payload = sample('intercom/conversation-user-created-v2.json');
    expect((await server.inject({ ...unsigned, payload })).statusCode).toBe(202);
  });

  test('events: no token, an unknown one, one of another org, one without the right; and an org that is not there', async () => {
    const { server } = await open();
    const good = eventsRequest({ specversion: '1.0', id: '1', source: '/s', type: 't' });
    const status = async (authorization: string | undefined, url: string = good.url) => {
      const { authorization: _, ...rest } = good.headers;
      const headers = authorization === undefined ? rest : { ...rest, authorization };
      return (await server.inject({ ...good, url, headers })).statusCode;
    };
    expect(await status(undefined)).toBe(401);
    expect(await status('Bearer unknown')).toBe(401);
    expect(await status(undefined, '/events/acme?access_token=unknown')).toBe(401);
    expect(await status('Bearer of-other')).toBe(403);
    expect(await status('Bearer reader')).toBe(403);
    expect(await status('Bearer of-acme', '/events/nobody')).toBe(403);
    expect(await status('Bearer operator', '/events/nobody')).toBe(404);
    expect(await status('Bearer operator')).toBe(202);
  });

  test('a verdict on an alert: whoever may not act on alerts, or sees some alone, may not judge them; nothing of the batch is taken', async () => {
    const { server, log } = await open();
    const outcome = { outcome: 'noise', alert: '1f0c', episode: 1, pipeline: 'finance', rule: 'dispute' };
    const verdict = {
      specversion: '1.0',
      id: '2',
      source: '/pager',
      type: 'weir.outcome.alert',
      entity: 'account:a',
      data: outcome,
    };
    const batch = eventsRequest(
      [{ specversion: '1.0', id: '1', source: '/s', type: 't' }, verdict],
      'application/cloudevents-batch+json',
    );
    const send = (authorization: string) => server.inject({ ...batch, headers: { ...batch.headers, authorization } });
    for (const token of ['Bearer of-acme', 'Bearer operator', 'Bearer finance']) {
      const refused = await send(token);
      expect(refused.statusCode).toBe(403);
      expect(refused.json()).toMatchObject({ detail: expect.stringContaining('"act"') });
    }
    expect(log.messagesOf('EVENTS')).toHaveLength(0);
    expect((await send('Bearer judge')).json()).toMatchObject({ accepted: 2 });
    const { episode: _, ...without } = outcome;
    const incomplete = eventsRequest({ ...verdict, id: '3', data: without });
    const answer = await server.inject({
      ...incomplete,
      headers: { ...incomplete.headers, authorization: 'Bearer judge' },
    });
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '/data/episode' }] });
  });
});

describe('413, 415, 422, 429, 503', () => {
  test('a body of 10 MB, and a batch of too many', async () => {
    const { server, clock } = await open();
    const large = Buffer.from(JSON.stringify({ text: 'x'.repeat(10 * 1024 ** 2) }));
    expect((await server.inject(stripeRequest(large, clock.now()))).statusCode).toBe(413);
    const many = Array.from({ length: 1_001 }, (_, id) => ({
      specversion: '1.0',
      id: String(id),
      source: '/s',
      type: 't',
    }));
    expect((await server.inject(eventsRequest(many, 'application/cloudevents-batch+json'))).statusCode).toBe(413);
  });

  test('more bodies at once than memory is set aside for', async () => {
    const { server, clock, bodiesInFlight } = await open({ limits: { bodiesInFlightBytes: 1_000 } });
    const answer = await server.inject(stripeRequest(invoice, clock.now()));
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    const small = Buffer.from('{"id":1}');
    for (let sent = 0; sent < 300; sent += 1) {
      expect((await server.inject(stripeRequest(small, clock.now()))).statusCode).toBe(202);
    }
    expect(bodiesInFlight()).toBe(0);
  });

  test('another content type', async () => {
    const { server, clock } = await open();
    const { headers, ...rest } = stripeRequest(invoice, clock.now());
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      expect((await server.inject({ ...rest, headers: { ...headers, 'content-type': type } })).statusCode).toBe(415);
    }
    expect((await server.inject(eventsRequest({}, 'application/json'))).statusCode).toBe(415);
  });

  test('a broken CloudEvent: every fault by index and pointer, and nothing of the batch accepted', async () => {
    const { server, log, witness } = await open();
    const good = { specversion: '1.0', id: '1', source: '/s', type: 't' };
    const answer = await server.inject(
      eventsRequest(
        [good, { ...good, id: '', time: 'soon' }, { specversion: '1.0' }],
        'application/cloudevents-batch+json',
      ),
    );
    expect(answer.statusCode).toBe(422);
    const { errors } = z
      .object({ errors: z.array(z.object({ index: z.number(), pointer: z.string(), message: z.string() })) })
      .parse(answer.json());
    expect(errors.map(({ index, pointer }) => `${index} ${pointer}`)).toEqual([
      '1 /id',
      '1 /time',
      '2 /id',
      '2 /source',
      '2 /type',
    ]);
    expect(log.messagesOf('EVENTS')).toHaveLength(0);
    expect(witness.total()).toMatchObject({ received: 3, rejected: 3 });
  });

  test('a thousand broken events name no more faults than the limit', async () => {
    const { server } = await open();
    const answer = await server.inject(
      eventsRequest(
        Array.from({ length: 1_000 }, () => ({})),
        'application/cloudevents-batch+json',
      ),
    );
    expect(answer.json().errors).toHaveLength(100);
    expect(answer.json().detail).toContain('4000 faults');
  });

  test('over the rate: Retry-After says when, and then it is taken', async () => {
    const { server, clock, witness } = await open({ eventsPerSecond: 10 });
    const many = (from: number) =>
      eventsRequest(
        Array.from({ length: 1_000 }, (_, id) => ({
          specversion: '1.0',
          id: String(from + id),
          source: '/s',
          type: 't',
        })),
        'application/cloudevents-batch+json',
      );
    expect((await server.inject(many(0))).statusCode).toBe(202);
    const refused = await server.inject(many(1_000));
    expect([refused.statusCode, refused.json().type, refused.headers['retry-after']]).toEqual([
      429,
      'urn:weir:error:rate-exceeded',
      '100',
    ]);
    clock.pass(100_000);
    expect((await server.inject(many(1_000))).statusCode).toBe(202);
    expect(witness.total()).toMatchObject({ received: 3_000, rejected: 1_000, stored: 2_000 });
  });

  test.each(['log-unavailable', 'log-full'] as const)(
    '%s: send it again unchanged, what was kept counts once',
    async (code) => {
      const { server, clock, log, witness } = await open();
      log.failAppends(code);
      const refused = await server.inject(stripeRequest(invoice, clock.now()));
      expect([refused.statusCode, refused.json().type, refused.headers['retry-after']]).toEqual([
        503,
        `urn:weir:error:${code}`,
        '5',
      ]);
      log.failAppends(undefined);
      expect((await server.inject(stripeRequest(invoice, clock.now()))).json()).toMatchObject({
        accepted: 1,
        duplicates: 0,
      });
      expect(witness.total()).toEqual({
        ...nothing,
        received: 2,
        rejected: 1,
        unacknowledged: 1,
        stored: 1,
        duplicates: 0,
        dead: 0,
      });
    },
  );

  test('what was seen before is still being read', async () => {
    const { server, clock, seen } = await open();
    seen.ready = false;
    const answer = await server.inject(stripeRequest(invoice, clock.now()));
    expect([answer.statusCode, answer.json().type]).toEqual([503, 'urn:weir:error:not-ready']);
  });
});

describe('what is asked before anything is sent', () => {
  test('Intercom’s HEAD is answered 2xx where the source is configured', async () => {
    const { server } = await open();
    expect((await server.inject({ method: 'HEAD', url: '/webhooks/acme/intercom' })).statusCode).toBe(204);
    expect((await server.inject({ method: 'HEAD', url: '/webhooks/acme/unknown' })).statusCode).toBe(404);
  });

  test('the CloudEvents handshake consents to the origin that asks, at the org’s rate', async () => {
    const { server } = await open({ eventsPerSecond: 10 });
    const asked = {
      method: 'OPTIONS',
      url: '/events/acme',
      headers: { 'webhook-request-origin': 'events.example' },
    } as const;
    const { statusCode, headers } = await server.inject(asked);
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': 'events.example',
      'webhook-allowed-rate': '600',
    });
    const plain = await server.inject({ method: 'OPTIONS', url: '/events/acme' });
    expect([plain.statusCode, plain.headers['webhook-allowed-origin']]).toEqual([204, undefined]);
    expect((await server.inject({ ...asked, url: '/events/nobody' })).statusCode).toBe(404);
  });

  test('the OpenAPI document describes all of it', async () => {
    const { server } = await open();
    const document = z
      .object({
        paths: z.record(
          z.string(),
          z.record(z.string(), z.object({ summary: z.string(), responses: z.object({}).catchall(z.unknown()) })),
        ),
      })
      .parse((await server.inject('/openapi.json')).json());
    expect(document.paths['/webhooks/{org}/{source}']?.['post']?.responses).toHaveProperty('202');
    expect(document.paths['/events/{org}']?.['post']?.responses).toHaveProperty('202');
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

function stripeRequest(payload: Buffer, now: number) {
  const t = Math.floor(now / 1000);
  const v1 = createHmac('sha256', secrets.stripe).update(`${t}.`).update(payload).digest('hex');
  const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${t},v1=${v1}` };
  return { method: 'POST', url: '/webhooks/acme/stripe', headers, payload } as const;
}

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

function eventsRequest(payload: object, type = 'application/cloudevents+json') {
  const headers = { 'content-type': type, authorization: 'Bearer of-acme' };
  return { method: 'POST', url: '/events/acme', headers, payload: JSON.stringify(payload) } as const;
}
