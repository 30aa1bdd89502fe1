import { hash, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Verification } from './source.ts';

/*
 * What every signature check needs. Signatures are compared as the text they arrive as, whole and in constant time:
 * decoding first would let characters pass that a lenient decoder skips.
 */

type Algorithm = 'sha1' | 'sha256';

/**
 * HMAC (RFC 2104) over the parts, joined without separators: `H(key ^ opad, H(key ^ ipad, parts))`. From two hashes at one go, since
 * `createHmac` makes an object with a native half for each request, which costs the door more than both.
 */
export function hmac(
  algorithm: Algorithm,
  key: string,
  parts: readonly (string | Buffer)[],
  encoding: 'hex' | 'base64',
): string {
  const { inner, outer } = padsOf(algorithm, key);
  const bytes = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const digest = hash(algorithm, Buffer.concat([inner, ...bytes]), 'binary');
  return hash(algorithm, Buffer.concat([outer, Buffer.from(digest, 'binary')]), encoding);
}

interface Pads {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

/** Made once for each secret, and not for each request. */
const pads: Readonly<Record<Algorithm, LRUCache<string, Pads>>> = {
  sha1: new LRUCache({ max: 1_000 }),
  sha256: new LRUCache({ max: 1_000 }),
};

/** Bytes that SHA-1 and SHA-256 take at a time; a longer key counts as its hash. */
const blockBytes = 64;

function padsOf(algorithm: Algorithm, secret: string): Pads {
  const known = pads[algorithm].get(secret);
  if (known) return known;
  const written = Buffer.from(secret);
  const key = Buffer.alloc(blockBytes);
  key.set(written.length > blockBytes ? hash(algorithm, written, 'buffer') : written);
  const made = { inner: key.map((byte) => byte ^ 0x36), outer: key.map((byte) => byte ^ 0x5c) };
  pads[algorithm].set(secret, made);
  return made;
}

/** Whether two encoded signatures are the same, in constant time; lengths are no secret. */
export function sameSignature(expected: string, given: string): boolean {
  const left = Buffer.from(expected, 'utf8');
  const right = Buffer.from(given, 'utf8');
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Whether a shared secret was given. Compared as hashes, so that its length does not show either. */
export function sameSecret(secret: string, given: string): boolean {
  return timingSafeEqual(hash('sha256', secret, 'buffer'), hash('sha256', given, 'buffer'));
}

export const authentic: Verification = { kind: 'authentic' };

export const refused = (
  code: 'signature-missing' | 'signature-wrong' | 'signature-stale',
  detail: string,
): Verification => ({ kind: 'refused', code, detail });
