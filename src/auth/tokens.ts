import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
} from 'jose';
import { z } from 'zod';
import type { Config } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, WeirError } from '../core/errors.ts';
import { namePattern } from '../core/event.ts';
import { misfitsOf, pointed } from '../core/misfits.ts';
import { rights, type Authenticator, type Identity } from './identity.ts';

/**
 * Tells who stands behind a token: a configured one, compared by its hash in constant time, or a JSON Web Token signed with a
 * key of the key set. Taken as `Bearer <token>`, or as the password of `Basic` (ClickHouse clients have nothing else).
 * With neither tokens nor keys configured everybody is the local operator; the configuration then allows loopback alone.
 * Throws `config-invalid` where the key set's file cannot be used.
 */
export function createAuthenticator({ auth, clock }: { auth: Config['auth']; clock: Clock }): Authenticator {
  const known = auth.tokens.map(({ token, ...identity }) => ({ hash: sha256(token), identity }));
  const verifyJwt = auth.jwks === undefined ? undefined : jwtVerifier(auth, auth.jwks, clock);
  if (known.length === 0 && !verifyJwt) return { required: false, identify: async () => localOperator };

  return {
    required: true,
    async identify(authorization) {
      const token = tokenOf(authorization);
      const given = sha256(token);
      let identity: Identity | undefined;
      // All are compared, so that the time taken does not tell which one it was.
      for (const each of known) if (timingSafeEqual(each.hash, given)) identity = each.identity;
      if (identity) return identity;
      if (verifyJwt && token.split('.').length === 3) return verifyJwt(token);
      throw new WeirError('token-wrong', 'This token is not known.');
    },
  };
}

const localOperator: Identity = { subject: 'local operator', org: '*', roles: [], rights };

function tokenOf(authorization: string | undefined): string {
  const [, scheme = '', credentials = ''] = /^(\w+) +(\S+)$/.exec(authorization?.trim() ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return credentials;
  if (scheme.toLowerCase() === 'basic') return passwordOf(credentials);
  throw new WeirError('token-missing', 'Send the token in the header Authorization: Bearer <token>.');
}

function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/** Only what is signed with a private key: a shared secret in a public key set, or no signature at all, proves nothing. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const claims = z.object({
  sub: z.string().min(1).max(256),
  org: z.union([z.literal('*'), z.string().regex(namePattern)]),
  roles: z.array(z.string()).default([]),
  // Without a claim it may only look: whoever issues tokens says who may do more.
  rights: z.array(z.enum(rights)).default(['read']),
});

function jwtVerifier(auth: Config['auth'], jwks: string, clock: Clock): (token: string) => Promise<Identity> {
  const keys = keySet(jwks);
  const expected: JWTVerifyOptions = {
    algorithms,
    requiredClaims: ['exp', 'sub', 'org'],
    ...(auth.issuer !== undefined && { issuer: auth.issuer }),
    ...(auth.audience !== undefined && { audience: auth.audience }),
  };
  return async (token) => {
    const payload = await verified(token, keys, { ...expected, currentDate: new Date(clock.now()) });
    const parsed = claims.safeParse(payload);
    if (!parsed.success) {
      const wrong = misfitsOf(claims, payload).map(pointed).join('; ');
      throw new WeirError('token-wrong', `The token's claims are not as expected: ${wrong}.`);
    }
    const { sub: subject, ...identity } = parsed.data;
    return { subject, ...identity };
  };
}

async function verified(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new WeirError('token-wrong', 'The token has expired.', { cause: error });
    if (keysUnreachable(error)) {
      throw new WeirError('not-ready', 'The keys that tokens are signed with cannot be fetched now.', { cause: error });
    }
    throw new WeirError('token-wrong', 'The token is not valid.', { cause: error });
  }
}

/** The fault is then not the token's. Every other refusal of jose has a class of its own. */
function keysUnreachable(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout) return true;
  return error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC');
}

function keySet(jwks: string): JWTVerifyGetKey {
  if (!jwks.startsWith('file:')) return createRemoteJWKSet(new URL(jwks), { timeoutDuration: 5_000 });
  try {
    const keys: JSONWebKeySet = JSON.parse(readFileSync(jwks.slice('file:'.length), 'utf8'));
    return createLocalJWKSet(keys);
  } catch (error) {
    throw new WeirError('config-invalid', `auth.jwks cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
