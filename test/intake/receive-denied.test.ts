import { describe, expect, test } from 'vitest';
import { secrets } from './door.ts';
import { sample } from './samples.ts';
import { eventsRequest, invoice, open, stripeRequest } from './requests.ts';

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
