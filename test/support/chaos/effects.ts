import { closeSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fnv1a32 } from '../../../src/core/ids.ts';

/** What agents do to the outside: a file of its own for each key, in one of so many folders. */
const shards = 64;
const nameOf = (key: string) => key.replaceAll('/', '_');

export function makeEffects(folder: string): void {
  for (let shard = 0; shard < shards; shard += 1) mkdirSync(join(folder, String(shard)), { recursive: true });
}

/** As an outside that knows keys does it: a repetition changes nothing. */
export function doOnce(folder: string, key: string): void {
  try {
    closeSync(openSync(join(folder, String(fnv1a32(key) % shards), nameOf(key)), 'wx'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Whether something was done under a key. */
export function effectsIn(folder: string): { readonly size: number; has(key: string): boolean } {
  const done = new Set(readdirSync(folder).flatMap((shard) => readdirSync(join(folder, shard))));
  return { size: done.size, has: (key) => done.has(nameOf(key)) };
}
