import { readFileSync } from 'node:fs';
import type { Json } from '../../src/core/json.ts';

/** The bytes of a file in test/samples. */
export function sample(path: string): Buffer {
  return readFileSync(new URL(`../samples/${path}`, import.meta.url));
}

export function sampleJson(path: string): Json {
  const parsed: Json = JSON.parse(sample(path).toString('utf8'));
  return parsed;
}
