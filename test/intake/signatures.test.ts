import { createHmac, hash } from 'node:crypto';
import { Signature } from '@hubspot/api-client';
import fc from 'fast-check';
import { Stripe } from 'stripe';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decodedAddress, hubspot } from '../../src/intake/sources/hubspot.ts';
import { intercom } from '../../src/intake/sources/intercom.ts';
import { stripe } from '../../src/intake/sources/stripe.ts';
import { hmac } from '../../src/intake/signatures.ts';
import { sample, sampleJson } from './samples.ts';
import { body, codeOf, now, refusesFlips, request } from './signing.ts';

test('an HMAC is the one of OpenSSL, whatever the key, its length and the parts', () => {
  const key = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ minLength: 60, maxLength: 200 }));
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const algorithm = fc.constantFrom('sha1' as const, 'sha256' as const);
  const encoding = fc.constantFrom('hex' as const, 'base64' as const);
  fc.assert(
    fc.property(algorithm, key, fc.array(part, { maxLength: 4 }), encoding, (algorithm, key, parts, encoding) => {
      const mac = createHmac(algorithm, key);
      for (const each of parts) mac.update(each);
      expect(hmac(algorithm, key, parts, encoding)).toBe(mac.digest(encoding));
    }),
  );
});

const stripeSdk = new Stripe('sk_test_nothing');

describe('Stripe', () => {
  const secret = 'whsec_of_the_test';
  const header = (payload: Buffer, timestamp: number, key = secret) =>
    stripeSdk.webhooks.generateTestHeaderString({ payload: payload.toString('utf8'), secret: key, timestamp });
  const signed = (signature: string, receivedAt = now) =>
    request({ headers: { 'stripe-signature': signature }, receivedAt });

  test('takes what its own library signs', async () => {
    expect(await stripe.verify(signed(header(body, now / 1000)), [secret])).toEqual({ kind: 'authentic' });
  });

  test('takes the published vector', async () => {
    const vector = z.object({ secret: z.string(), timestamp: z.number(), header: z.string() });
    const { secret, timestamp, header } = vector.parse(sampleJson('stripe/signature-vector.json'));
    const published = request({
      headers: { 'stripe-signature': header },
      body: sample('stripe/payout.paid.json'),
      receivedAt: timestamp * 1000,
    });
    expect(await stripe.verify(published, [secret])).toEqual({ kind: 'authentic' });
  });

  test('takes either secret during a rotation, and any one of several v1', async () => {
    const [old, fresh] = [header(body, now / 1000, 'whsec_old'), header(body, now / 1000, 'whsec_new')];
    expect(await stripe.verify(signed(old), ['whsec_new', 'whsec_old'])).toEqual({ kind: 'authentic' });
    const both = `${old},${fresh.split(',')[1]}`;
    expect(await stripe.verify(signed(both), ['whsec_new'])).toEqual({ kind: 'authentic' });
  });

  test('is good for 300 seconds', async () => {
    const at = header(body, now / 1000);
    expect(await stripe.verify(signed(at, now + 300_999), [secret])).toEqual({ kind: 'authentic' });
    expect(codeOf(await stripe.verify(signed(at, now + 301_000), [secret]))).toBe('signature-stale');
  });

  test.each([
    ['nothing', '', 'signature-missing'],
    ['no t', header(body, now / 1000).replace(/^t=\d+,/, ''), 'signature-wrong'],
    ['two t', `t=1,${header(body, now / 1000)}`, 'signature-wrong'],
    ['a t that is no number', header(body, now / 1000).replace(/^t=\d+/, 't=abc'), 'signature-wrong'],
    ['only v0', header(body, now / 1000).replace('v1=', 'v0='), 'signature-wrong'],
    [
      'upper case hex',
      header(body, now / 1000).replace(/v1=(.*)/, (_, hex) => `v1=${String(hex).toUpperCase()}`),
      'signature-wrong',
    ],
    ['another secret', header(body, now / 1000, 'whsec_other'), 'signature-wrong'],
  ])('refuses %s', async (_, signature, code) => {
    expect(codeOf(await stripe.verify(signed(signature), [secret]))).toBe(code);
  });

  test('refuses any flipped bit of body or header', async () => {
    await refusesFlips(stripe, signed(header(body, now / 1000)), [secret], 'stripe-signature');
  });
});

describe('HubSpot', () => {
  const secret = 'hubspot-client-secret';
  const url = 'https://weir.example/webhooks/acme/hubspot';
  const sign = (at: number, key = secret, of = body) =>
    Signature.getSignature('POST', 'v3', {
      clientSecret: key,
      requestBody: of.toString('utf8'),
      url,
      timestamp: at,
      signature: '',
    });
  const signed = (signature: string, timestamp: string, receivedAt = now) =>
    request({
      url,
      headers: { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': timestamp },
      receivedAt,
    });

  test('takes what its own library signs, with either of two secrets', async () => {
    expect(await hubspot.verify(signed(sign(now), String(now)), ['other', secret])).toEqual({ kind: 'authentic' });
  });

  test('takes the published vector', async () => {
    const { vectors } = z
      .object({ vectors: z.array(z.record(z.string(), z.string())) })
      .parse(sampleJson('hubspot/signature-vectors.json'));
    const v3 = vectors.find(({ version }) => version === 'v3');
    const published = request({
      url: v3?.['uri'] ?? '',
      body: Buffer.from(v3?.['body'] ?? ''),
      headers: {
        'x-hubspot-signature-v3': v3?.['signature'],
        'x-hubspot-request-timestamp': v3?.['timestamp'],
      },
      receivedAt: Number(v3?.['timestamp']),
    });
    expect(await hubspot.verify(published, [v3?.['clientSecret'] ?? ''])).toEqual({ kind: 'authentic' });
  });

  test('is good for 300,000 ms and a minute ahead, no longer', async () => {
    const verify = (receivedAt: number) => hubspot.verify(signed(sign(now), String(now), receivedAt), [secret]);
    expect(await verify(now + 300_000)).toEqual({ kind: 'authentic' });
    expect(codeOf(await verify(now + 300_001))).toBe('signature-stale');
    expect(await verify(now - 60_000)).toEqual({ kind: 'authentic' });
    expect(codeOf(await verify(now - 60_001))).toBe('signature-stale');
  });

  test('decodes the twelve characters of its table in the address, in either case, and no others', () => {
    expect(decodedAddress('https://w.example/a%3Ab%2f%3f%40%21%24%27%28%29%2A%2C%3B?x=%20%26%3D%25')).toBe(
      "https://w.example/a:b/?@!$'()*,;?x=%20%26%3D%25",
    );
  });

  test.each([
    ['no signature', '', String(now), 'signature-missing'],
    ['no timestamp', sign(now), '', 'signature-missing'],
    ['a timestamp that is no number', sign(now), 'abc', 'signature-wrong'],
    ['a timestamp that is not all digits', sign(now), `${now}.0`, 'signature-wrong'],
    ['another timestamp', sign(now), String(now + 1), 'signature-wrong'],
    ['another secret', sign(now, 'other'), String(now), 'signature-wrong'],
    ['base64 with something after it', `${sign(now)}A`, String(now), 'signature-wrong'],
    ['hex', hash('sha256', body, 'hex'), String(now), 'signature-wrong'],
  ])('refuses %s', async (_, signature, timestamp, code) => {
    expect(codeOf(await hubspot.verify(signed(signature, timestamp), [secret]))).toBe(code);
  });

  test('refuses another address or method', async () => {
    const good = signed(sign(now), String(now));
    for (const changed of [
      { url: `${url}/` },
      { url: `${url}?a=1` },
      { url: url.replace('https', 'http') },
      { method: 'PUT' },
    ]) {
      expect(codeOf(await hubspot.verify({ ...good, ...changed }, [secret]))).toBe('signature-wrong');
    }
  });

  test('refuses any flipped bit of body or signature', async () => {
    await refusesFlips(hubspot, signed(sign(now), String(now)), [secret], 'x-hubspot-signature-v3');
  });
});

describe('Intercom', () => {
  const secret = 'intercom-client-secret';
  const sign = (of: Buffer = body, key = secret) => `sha1=${createHmac('sha1', key).update(of).digest('hex')}`;
  const signed = (signature: string, of: Buffer = body) =>
    request({ body: of, headers: { 'x-hub-signature': signature } });

  test('takes what the client secret signs, with either of two', async () => {
    expect(await intercom.verify(signed(sign()), ['other', secret])).toEqual({ kind: 'authentic' });
  });

  test('takes the published vector, tabs and all', async () => {
    const vector = z.object({ clientSecret: z.string(), header: z.string() });
    const { clientSecret, header } = vector.parse(sampleJson('intercom/signature-vector.json'));
    const ping = signed(header.replace('X-Hub-Signature: ', ''), sample('intercom/ping-tab-indented.json'));
    expect(await intercom.verify(ping, [clientSecret])).toEqual({ kind: 'authentic' });
  });

  test.each([
    ['nothing', '', 'signature-missing'],
    ['upper case', sign().toUpperCase(), 'signature-wrong'],
    ['another algorithm', sign().replace('sha1', 'sha256'), 'signature-wrong'],
    ['half of it', sign().slice(0, 25), 'signature-wrong'],
    ['another secret', sign(body, 'other'), 'signature-wrong'],
  ])('refuses %s', async (_, signature, code) => {
    expect(codeOf(await intercom.verify(signed(signature), [secret]))).toBe(code);
  });

  test('refuses any flipped bit of body or signature', async () => {
    await refusesFlips(intercom, signed(sign()), [secret], 'x-hub-signature');
  });
});
