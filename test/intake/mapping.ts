import type { Json, JsonObject } from '../../src/core/json.ts';
import { isObject } from '../../src/intake/read.ts';
import type { AccountDirectory, EventDraft, Mapped } from '../../src/intake/source.ts';
import { nobody, sources } from './door.ts';
import { sampleJson } from './samples.ts';

export function objectIn(path: string): JsonObject {
  const body = sampleJson(path);
  if (!isObject(body)) throw new Error(`${path} is no object`);
  return body;
}

export function map(name: string, body: Json, accounts: AccountDirectory = nobody): readonly Mapped[] {
  const source = sources.find((each) => each.name === name);
  const list = Array.isArray(body) ? body.filter(isObject) : undefined;
  return source?.map(list ?? (isObject(body) ? body : {}), { org: 'acme', receivedAt: 0, accounts }) ?? [];
}

export function drafts(name: string, body: Json, accounts?: AccountDirectory): readonly EventDraft[] {
  return map(name, body, accounts).map((mapped) => {
    if (mapped.kind !== 'event') throw new Error(`${mapped.kind}: ${mapped.reason}`);
    return mapped.draft;
  });
}
