import { createServer } from 'node:http';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { demand } from '../../src/auth/identity.ts';
import { createAuthenticator } from '../../src/auth/tokens.ts';
import { configOf } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { isWeirError, type ErrorCode } from '../../src/core/errors.ts';
import { newFolder } from '../support/folder.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const clock = { now: () => now };
const token = 'acme-token-0123456789';

const authenticator = (auth: ConfigInput['auth']) => createAuthenticator({ auth: configOf({ auth }).auth, clock });

describe('a configured token', () => {
  const tokens = authenticator({
    tokens: [
      { token, subject: 'ada', org: 'acme', roles: ['sales'], rights: ['read'] },
      { token: 'operator-token-0123456789', subject: 'ops', org: '*' },
    ],
  });

  test('says who asks, for which organisation, with which rights', async () => {
    expect(tokens.required).toBe(true);
    const identity = await tokens.identify(`Bearer ${token}`);
    expect(identity).toEqual({ subject: 'ada', org: 'acme', roles: ['sales'], rights: ['read'] });
    expect(() => demand(identity, 'read', 'acme')).not.toThrow();
    expect(() => demand(identity, 'push', 'acme')).toThrow(/lacks the right/);
    expect(() => demand(identity, 'read', 'other')).toThrow(/not for the organisation/);
  });

  test('may come as the password of Basic, as database clients send it', async () => {
    const basic = Buffer.from(`whoever:${token}`).toString('base64');
    expect(await tokens.identify(`Basic ${basic}`)).toMatchObject({ subject: 'ada' });
  });

  test.each<[string | undefined, ErrorCode]>([
    [undefined, 'token-missing'],
    ['', 'token-missing'],
    ['Bearer', 'token-missing'],
    [`Digest ${token}`, 'token-missing'],
    [`Bearer ${token}x`, 'token-wrong'],
    [`Bearer ${token.slice(0, -1)}`, 'token-wrong'],
    ['Basic !!!!', 'token-wrong'],
    ['Bearer a.b.c', 'token-wrong'],
  ])('refuses %s', async (authorization, code) => {
    await expect(tokens.identify(authorization)).rejects.toSatisfy((error) => isWeirError(error, code));
  });
});

test('without tokens everybody is the local operator', async () => {
  const open = authenticator({});
  expect(open.required).toBe(false);
  expect(await open.identify(undefined)).toMatchObject({ org: '*', rights: ['push', 'read', 'act'] });
});

describe('a JSON Web Token', () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let jwks: string;
  let folder: string;

  beforeAll(async () => {
    keys = await generateKeyPair('ES256', { extractable: true });
    jwks = JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'k1' }] });
    folder = newFolder({ 'keys.json': jwks });
  });

  const good = { sub: 'grace', org: 'acme', roles: ['finance'], rights: ['read', 'act'] };
  const fromFile = () => authenticator({ jwks: `file:${join(folder, 'keys.json')}`, issuer: 'https://id.example' });
  const signed = async (payload: JWTPayload, expires = now / 1_000 + 60) =>
    new SignJWT({ iss: 'https://id.example', exp: expires, ...payload })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(keys.privateKey);

  test('says the same by its claims', async () => {
    expect(await fromFile().identify(`Bearer ${await signed(good)}`)).toEqual({
      subject: 'grace',
      org: 'acme',
      roles: ['finance'],
      rights: ['read', 'act'],
    });
  });

  test('may only look where it claims no rights', async () => {
    expect(await fromFile().identify(`Bearer ${await signed({ sub: 'x', org: 'acme' })}`)).toMatchObject({
      rights: ['read'],
    });
  });

  test('is fetched from an address; while that is away the answer is 503, not 401', async () => {
    const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(jwks));
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const remote = { jwks: `http://127.0.0.1:${port}/` };
    const token = await signed(good);
    expect(await authenticator(remote).identify(`Bearer ${token}`)).toMatchObject({ subject: 'grace' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(authenticator(remote).identify(`Bearer ${token}`)).rejects.toMatchObject({ code: 'not-ready' });
  });

  const refusals: readonly (readonly [why: string, make: () => Promise<string>])[] = [
    ['has expired', () => signed(good, now / 1_000 - 1)],
    ['never expires', () => sign(good, 'ES256', keys.privateKey, {})],
    ['comes from another issuer', () => signed({ ...good, iss: 'https://evil.example' })],
    ['names no organisation', () => signed({ sub: 'x' })],
    ['names one that cannot be', () => signed({ sub: 'x', org: 'a.*' })],
    ['claims a right there is not', () => signed({ ...good, rights: ['root'] })],
    ['is signed with another key', async () => sign(good, 'ES256', (await generateKeyPair('ES256')).privateKey)],
    ['is signed with a shared secret', () => sign(good, 'HS256', new TextEncoder().encode(jwks))],
    ['is not signed', async () => unsigned(good)],
  ];

  test.each(refusals)('is refused when it %s', async (_, make) => {
    await expect(fromFile().identify(`Bearer ${await make()}`)).rejects.toMatchObject({ code: 'token-wrong' });
  });
});

const exp = now / 1_000 + 60;
type Key = Parameters<SignJWT['sign']>[0];

async function sign(payload: JWTPayload, alg: string, key: Key, bounds: JWTPayload = { exp }): Promise<string> {
  return new SignJWT({ iss: 'https://id.example', ...bounds, ...payload })
    .setProtectedHeader({ alg, kid: 'k1' })
    .sign(key);
}

function unsigned(payload: JWTPayload): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iss: 'https://id.example', exp, ...payload })}.`;
}
