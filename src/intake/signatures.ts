import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Verification } from './source.ts';

/*
 * What every signature check needs. Signatures are compared as the text they arrive as, whole and in constant time:
 * decoding first would let characters pass that a lenient decoder skips.
 */

/** Secrets as keys, made once and not for each request. */
const keys = new LRUCache<string, KeyObject>({ max: 1_000 });

function keyOf(secret: string): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  const made = createSecretKey(secret, 'utf8');
  keys.set(secret, made);
  return made;
}

/** HMAC over the parts, joined without separators. */
export function hmac(
  algorithm: 'sha1' | 'sha256',
  key: string,
  parts: readonly (string | Buffer)[],
  encoding: 'hex' | 'base64',
): string {
  const mac = createHmac(algorithm, keyOf(key));
  for (const part of parts) mac.update(part);
  return mac.digest(encoding);
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
