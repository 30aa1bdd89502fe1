import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Signature } from '@hubspot/api-client';
import { importSPKI, jwtVerify } from 'jose';
import { Stripe } from 'stripe';
import { describe, expect, test } from 'vitest';
import { ruleKey } from '../../src/simulate/keys.ts';
import { signGong, signHubspot, signIntercom, signStripe } from '../../src/simulate/sign.ts';

const now = Date.UTC(2026, 0, 31, 12);
const unsigned = {
  method: 'POST',
  url: 'https://weir.example/webhooks/acme/any',
  body: '{"text":"größer €"}',
  now,
} as const;

describe('signatures are those of the providers, by their own libraries’ judgement', () => {
  test('Stripe', () => {
    const header = signStripe(unsigned, 'whsec_test')['stripe-signature'] ?? '';
    const { webhooks } = new Stripe('sk_test_none');
    const verify = (body: string) => webhooks.constructEvent(body, header, 'whsec_test', 300, undefined, now / 1_000);
    expect(verify(unsigned.body)).toEqual({ text: 'größer €' });
    expect(() => verify(`${unsigned.body} `)).toThrow('signatures');
  });

  test('HubSpot v3', () => {
    const headers = signHubspot(unsigned, 'client secret');
    const isValid = (requestBody: string) =>
      headers['x-hubspot-signature-v3'] ===
      Signature.getSignature('POST', 'v3', {
        clientSecret: 'client secret',
        signature: '',
        requestBody,
        url: unsigned.url,
        timestamp: Number(headers['x-hubspot-request-timestamp']),
      });
    expect(isValid(unsigned.body)).toBe(true);
    expect(isValid('{}')).toBe(false);
  });

  test('Intercom: the recorded vector', () => {
    const sample = (name: string) => readFileSync(new URL(`../samples/intercom/${name}`, import.meta.url), 'utf8');
    const vector: { clientSecret: string; bodyFile: string; header: string } = JSON.parse(
      sample('signature-vector.json'),
    );
    const headers = signIntercom({ ...unsigned, body: sample(vector.bodyFile) }, vector.clientSecret);
    expect(`X-Hub-Signature: ${headers['x-hub-signature']}`).toBe(vector.header);
  });

  test('Gong: a token that jose takes, bound to address and body, for five minutes', async () => {
    const key = ruleKey('7');
    const token = signGong(unsigned, key.private)['authorization']?.replace('Bearer ', '') ?? '';
    const pem = `-----BEGIN PUBLIC KEY-----\n${key.public}\n-----END PUBLIC KEY-----`;
    const verify = (at: number) =>
      importSPKI(pem, 'RS256').then((spki) =>
        jwtVerify(token, spki, { algorithms: ['RS256'], currentDate: new Date(at) }),
      );
    expect((await verify(now)).payload).toMatchObject({ webhook_url: unsigned.url });
    await expect(verify(now + 301_000)).rejects.toThrow('exp');
  });
});

describe('the key of a Gong rule', () => {
  test('follows from its seed, and has 2048 bits', () => {
    expect(ruleKey('7').public).toBe(ruleKey('7').public);
    expect(ruleKey('7').public).not.toBe(ruleKey('8').public);
    const details = createPublicKey({
      key: Buffer.from(ruleKey('7').public, 'base64'),
      format: 'der',
      type: 'spki',
    }).asymmetricKeyDetails;
    expect(details).toMatchObject({ modulusLength: 2_048, publicExponent: 65_537n });
  });

  test('is the one recorded simulations were signed with', () => {
    expect(ruleKey('7').public.slice(44, 76)).toMatchInlineSnapshot(`"vEGpLK1Te5VjQVUyTHE6b46s2fB7MRTf"`);
  });
});
