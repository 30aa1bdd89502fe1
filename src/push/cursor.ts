import { createCipheriv, createDecipheriv, createHmac, randomBytes, hash } from 'node:crypto';
import type { Log } from '../log/log.ts';

/** What a cursor says once it is opened: a place in ALERTS, and whether it is a place in the ALERTS of today. */
export interface Place {
  /** False: it was given for a log that is no more. */
  readonly sameLog: boolean;
  readonly sequence: number;
}

/**
 * Cursors are sealed, so that a subscriber learns nothing of other organisations' volume from the distance of two of
 * them, and cannot make one. All have one length. The organisation is authenticated and not part of it: another's
 * cursor is as wrong as one tampered with. The same place has the same cursor.
 */
export interface Sealer {
  /** `created` is that of the stream the sequence is of. */
  seal(org: string, created: string, sequence: number): string;
  /** Undefined: tampered with, another organisation's, or sealed with another log's key. */
  open(org: string, created: string, cursor: string): Place | undefined;
}

const keyName = 'push.cursor-key';
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The first 8 bytes of the hash of the stream's creation time, and the sequence. */
const plainBytes = 16;
const sealedBytes = nonceBytes + plainBytes + tagBytes;

/** The sealer of this log. Its key is in the log's own key-value, so every daemon on it has the same. */
export async function createSealer(log: Log): Promise<Sealer> {
  const key = await sharedKey(log);

  return {
    seal(org, created, sequence) {
      const plain = Buffer.alloc(plainBytes);
      identityOf(created).copy(plain);
      plain.writeBigUInt64BE(BigInt(sequence), 8);
      // Made from what is sealed: a nonce that repeats seals the same again, which tells nothing.
      const nonce = createHmac('sha256', key).update(org).update('\0').update(plain).digest().subarray(0, nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(org));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },

    open(org, created, cursor) {
      const sealed = Buffer.from(cursor, 'base64url');
      if (sealed.length !== sealedBytes || sealed.toString('base64url') !== cursor) return undefined;
      const plain = decrypt(key, org, sealed);
      if (!plain) return undefined;
      return {
        sameLog: plain.subarray(0, 8).equals(identityOf(created)),
        sequence: Number(plain.readBigUInt64BE(8)),
      };
    },
  };
}

async function sharedKey(log: Log): Promise<Buffer> {
  for (;;) {
    const stored = await log.kv.get(keyName);
    if (stored) return Buffer.from(stored.value);
    // Whoever is first makes it; who loses reads the winner's.
    await log.kv.put(keyName, randomBytes(keyBytes), 0);
  }
}

function decrypt(key: Buffer, org: string, sealed: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(org)).setAuthTag(sealed.subarray(nonceBytes + plainBytes));
  const plain = decipher.update(sealed.subarray(nonceBytes, nonceBytes + plainBytes));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    // `final` throws where the tag does not fit: that is the answer, not a failure.
    return undefined;
  }
}

const identityOf = (created: string) => Buffer.from(hash('sha256', created, 'hex').slice(0, 16), 'hex');
