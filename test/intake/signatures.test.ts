import { createHmac, generateKeyPairSync, hash } from 'node:crypto';
import { Signature } from '@hubspot/api-client';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { Stripe } from 'stripe';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Source, SourceRequest, Verification } from '../../src/intake/source.ts';
import { createGong } from '../../src/intake/sources/gong.ts';
import { decodedAddress, hubspot } from '../../src/intake/sources/hubspot.ts';
import { intercom } from '../../src/intake/sources/intercom.ts';
import { stripe } from '../../src/intake/sources/stripe.ts';
import { sample, sampleJson } from './samples.ts';

const now = 1_767_200_100_000;
const body: Buffer = Buffer.from('{"id":"evt_1","text":"Grüße, 価格"}');
const gong = createGong();
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = ({ publicKey }: typeof keys) => publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
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

describe('Gong with a signed token', () => {
  const url = 'https://weir.example/webhooks/acme/gong';
  const claims = { webhook_url: url, body_sha256: hash('sha256', body, 'hex') };
  const token = (payload: Record<string, unknown> = claims, { exp = now / 1000 + 60, by = keys.privateKey } = {}) =>
    new SignJWT({ ...payload, ...(exp > 0 && { exp }) }).setProtectedHeader({ alg: 'RS256' }).sign(by);
  const signed = (authorization: string) => request({ url, headers: { authorization } });

  test('takes the token with and without Bearer, and either of two keys', async () => {
    const jwt = await token();
    for (const header of [jwt, `Bearer ${jwt}`, `bearer ${jwt}`]) {
      expect(await gong.verify(signed(header), [spki(otherKeys), spki(keys)])).toEqual({ kind: 'authentic' });
    }
  });

  test('takes the published vector while it is valid', async () => {
    const vector = z.object({
      publicKeyBase64Der: z.string(),
      webhookUrl: z.string(),
      authorizationHeaderForms: z.array(z.string()),
      validAt: z.number(),
      expiredAt: z.number(),
    });
    const { publicKeyBase64Der, webhookUrl, authorizationHeaderForms, validAt, expiredAt } = vector.parse(
      sampleJson('gong/jwt-vector.json'),
    );
    const call = { url: webhookUrl, body: sample('gong/automation-rule-call-full.json') };
    for (const authorization of authorizationHeaderForms) {
      const at = (s: number) => request({ ...call, headers: { authorization }, receivedAt: s * 1000 });
      expect(await gong.verify(at(validAt), [publicKeyBase64Der])).toEqual({ kind: 'authentic' });
      expect(codeOf(await gong.verify(at(expiredAt), [publicKeyBase64Der]))).toBe('signature-stale');
    }
  });

  test('compares scheme, host and path, and no trailing slash', async () => {
    for (const same of [`${url}/`, url.replace('weir.example', 'WEIR.example'), `${url}?a=b`]) {
      const verdict = await gong.verify(signed(await token({ ...claims, webhook_url: same })), [spki(keys)]);
      expect(verdict).toEqual({ kind: 'authentic' });
    }
    for (const other of ['https://evil.example/webhooks/acme/gong', `${url}/x`, url.replace('https', 'http'), 'gong']) {
      const verdict = await gong.verify(signed(await token({ ...claims, webhook_url: other })), [spki(keys)]);
      expect(codeOf(verdict)).toBe('signature-wrong');
    }
  });

  test('refuses what is unsigned, signed with a secret, without exp, about another body, by another key, or expired', async () => {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const payload = { ...claims, exp: now / 1000 + 60 };
    const none = `${encoded({ alg: 'none' })}.${encoded(payload)}.`;
    const hs256 = await new SignJWT(payload).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(spki(keys)));
    const wrong = [
      none,
      hs256,
      await token(claims, { exp: 0 }),
      await token({ ...claims, body_sha256: hash('sha256', 'other', 'hex') }),
      await token({ webhook_url: url }),
      await token({ body_sha256: claims.body_sha256 }),
      await token(claims, { by: otherKeys.privateKey }),
      'no token at all',
    ];
    for (const authorization of wrong) {
      expect(codeOf(await gong.verify(signed(authorization), [spki(keys)]))).toBe('signature-wrong');
    }
    const expired = await token(claims, { exp: now / 1000 - 1 });
    for (const pair of [
      [spki(otherKeys), spki(keys)],
      [spki(keys), spki(otherKeys)],
    ]) {
      expect(codeOf(await gong.verify(signed(expired), pair))).toBe('signature-stale');
    }
    expect(codeOf(await gong.verify(request({ url }), [spki(keys)]))).toBe('signature-missing');
    expect(codeOf(await gong.verify(signed(await token()), ['not a key']))).toBe('signature-wrong');
  });

  test('refuses a token whose signature only decodes to the same bytes', async () => {
    const jwt = await token();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spelled = (last: string) =>
      Buffer.from(jwt.slice(jwt.lastIndexOf('.') + 1, -1) + last, 'base64url').toString('hex');
    const twins = alphabet.split('').filter((last) => !jwt.endsWith(last) && spelled(last) === spelled(jwt.slice(-1)));
    expect(twins.length).toBeGreaterThan(0);
    for (const last of twins) {
      expect(codeOf(await gong.verify(signed(jwt.slice(0, -1) + last), [spki(keys)]))).toBe('signature-wrong');
    }
  });

  test('refuses any flipped bit of body or token', async () => {
    await refusesFlips(gong, signed(await token()), [spki(keys)], 'authorization');
  });
});

describe('Gong with the key in the address', () => {
  const url = (key: string) => `https://weir.example/webhooks/acme/gong?key=${key}`;

  test('takes the key, either of two, and refuses another or none', async () => {
    expect(await gong.verify(request({ url: url('one') }), ['key:one', 'key:two'])).toEqual({ kind: 'authentic' });
    expect(await gong.verify(request({ url: url('two') }), ['key:one', 'key:two'])).toEqual({ kind: 'authentic' });
    expect(await gong.verify(request({ url: url('a%20b') }), ['key:a b'])).toEqual({ kind: 'authentic' });
    expect(codeOf(await gong.verify(request({ url: url('three') }), ['key:one']))).toBe('signature-wrong');
    expect(codeOf(await gong.verify(request({ url: url('') }), ['key:one']))).toBe('signature-wrong');
    expect(codeOf(await gong.verify(request({}), ['key:one']))).toBe('signature-missing');
  });

  test('a public key is not a key in the address', async () => {
    expect(codeOf(await gong.verify(request({ url: url(encodeURIComponent(spki(keys))) }), [spki(keys)]))).toBe(
      'signature-wrong',
    );
  });
});

function request(changes: Partial<SourceRequest>): SourceRequest {
  return {
    method: 'POST',
    url: 'https://weir.example/webhooks/acme/x',
    headers: {},
    body,
    receivedAt: now,
    ...changes,
  };
}

function codeOf(verification: Verification): string {
  return verification.kind === 'refused' ? verification.code : verification.kind;
}

/** Any bit of the body, and any bit of the header that leaves it text, makes it refused. */
async function refusesFlips(source: Source, good: SourceRequest, secrets: string[], header: string): Promise<void> {
  expect(await source.verify(good, secrets)).toEqual({ kind: 'authentic' });
  const text = good.headers[header] ?? '';
  const flip = (bytes: Buffer, at: number, bit: number) => {
    const flipped = Buffer.from(bytes);
    flipped[at % flipped.length] = (flipped[at % flipped.length] ?? 0) ^ (1 << bit);
    return flipped;
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 7 }), fc.boolean(), async (at, bit, inBody) => {
      const changed = inBody
        ? { ...good, body: flip(good.body, at, bit) }
        : {
            ...good,
            headers: { ...good.headers, [header]: flip(Buffer.from(text, 'latin1'), at, bit).toString('latin1') },
          };
      expect((await source.verify(changed, secrets)).kind).toBe('refused');
    }),
    { numRuns: 300 },
  );
}
