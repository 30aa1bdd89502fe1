import { generateKeyPairSync, hash } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createGong } from '../../src/intake/sources/gong.ts';
import { sample, sampleJson } from './samples.ts';
import { body, codeOf, now, refusesFlips, request } from './signing.ts';

const gong = createGong();

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

const spki = ({ publicKey }: typeof keys) => publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

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
