import { hash } from 'node:crypto';

/**
 * An id as a hash of its cause: the same parts give the same id in every process and on every replay.
 * SHA-256 over the parts joined with NUL, first 128 bits as 32 lower-case hex characters.
 */
export function idOf(...parts: readonly string[]): string {
  return hash('sha256', parts.join('\0'), 'hex').slice(0, 32);
}

/** FNV-1a, 32 bits, over UTF-8 (Fowler, Noll, Vo; RFC 9923): unsigned. */
export function fnv1a32(text: string): number {
  let hashed = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    // What is not ASCII takes more than one byte.
    if (unit > 0x7f) return fnv1a32Of(Buffer.from(text, 'utf8'));
    hashed = Math.imul(hashed ^ unit, 0x01000193);
  }
  return hashed >>> 0;
}

function fnv1a32Of(bytes: Uint8Array): number {
  return bytes.reduce((hashed, byte) => Math.imul(hashed ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
}

/** Which partition the work about an entity belongs to: 0 … partitions − 1. Assigned by intake alone. */
export function partitionOf(org: string, entity: string, partitions: number): number {
  return fnv1a32(`${org}\0${entity}`) % partitions;
}
