import { describe, expect, test } from 'vitest';
import { nothing } from '../../src/intake/happenings.ts';
import { z } from 'zod';
import { eventsRequest, invoice, open, stripeRequest } from './requests.ts';

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
