import { checkPrimeSync, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { createRandom, type Random } from './random.ts';

/** An RSA key as a Gong automation rule has one. `public` is what Gong shows: base64 of the DER, without PEM lines. */
export interface RuleKey {
  readonly private: KeyObject;
  readonly public: string;
}

const made = new Map<string, RuleKey>();
const madeLimit = 16;

/**
 * The RSA key of a seed, 2048 bits. Node makes keys by chance alone, and the same seed has to sign the same bytes, so the
 * primes are searched here. For simulations: whoever knows the seed knows the key.
 */
export function ruleKey(seed: string): RuleKey {
  const known = made.get(seed);
  if (known) return known;
  const key = makeKey(createRandom(`${seed}/rsa`));
  if (made.size >= madeLimit) made.clear();
  made.set(seed, key);
  return key;
}

function makeKey(random: Random): RuleKey {
  const e = 65_537n;
  const p = prime(random, e);
  const q = prime(random, e);
  const d = inverse(e, (p - 1n) * (q - 1n));
  const key = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: base64url(p * q),
      e: base64url(e),
      d: base64url(d),
      p: base64url(p),
      q: base64url(q),
      dp: base64url(d % (p - 1n)),
      dq: base64url(d % (q - 1n)),
      qi: base64url(inverse(q, p)),
    },
  });
  return { private: key, public: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64') };
}

/** A prime of 1024 bits, the two highest set, so that a product of two has 2048. */
function prime(random: Random, e: bigint): bigint {
  let candidate = BigInt(`0x${random.text(256, '0123456789abcdef')}`) | (3n << 1_022n) | 1n;
  while (candidate % e === 1n || !checkPrimeSync(candidate)) candidate += 2n;
  return candidate;
}

/** a⁻¹ mod m, by Euclid; a and m have no common divisor. */
function inverse(a: bigint, m: bigint): bigint {
  let [r, next, x, y] = [m, a % m, 0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % m) + m) % m;
}

function base64url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url');
}
