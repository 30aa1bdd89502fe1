import { hash } from 'node:crypto';
import { canonical } from '../../core/canonical.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { cleanText, isObject } from '../clean.ts';

/** What a server says of a tool: name, description, schemas, annotations. `_meta` is not part of it. */
export type ToolDefinition = JsonObject;

/** A longer definition is refused; characters of its canonical JSON. */
export const definitionMax = 32 * 1024;

/** SHA-256 of the definition's canonical JSON (names sorted), hex: the order in which a server writes it does not count. */
export function hashOf(definition: ToolDefinition): string {
  return hash('sha256', canonical(definition), 'hex');
}

const changesMax = 20;
const quoteMax = 120;

/** What changed from one to the other, a line a place, at most 20: `/description: was "…", is "…"`. */
export function changesBetween(before: Json, after: Json): readonly string[] {
  const all = [...changesAt('', before, after)];
  if (all.length <= changesMax) return all;
  return [...all.slice(0, changesMax), `and ${all.length - changesMax} more`];
}

function* changesAt(place: string, before: Json | undefined, after: Json | undefined): Generator<string> {
  if (isObject(before) && isObject(after)) {
    for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
      const own = (json: JsonObject) => (Object.hasOwn(json, name) ? json[name] : undefined);
      yield* changesAt(`${place}/${cleanText(name).slice(0, quoteMax)}`, own(before), own(after));
    }
  } else if (before === undefined) yield `${place}: new, ${quote(after)}`;
  else if (after === undefined) yield `${place}: gone, was ${quote(before)}`;
  else if (canonical(before) !== canonical(after)) yield `${place}: was ${quote(before)}, is ${quote(after)}`;
}

function quote(json: Json | undefined): string {
  const text = cleanText(JSON.stringify(json ?? null));
  return text.length <= quoteMax ? text : `${text.slice(0, quoteMax)}… (${text.length} characters)`;
}
