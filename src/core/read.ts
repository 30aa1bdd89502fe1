import type { Json, JsonObject } from './json.ts';

/** What stands at a path of a payload; undefined where the path leads nowhere. A number is a place in a list, −1 its last. */
export function jsonAt(json: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let here = json;
  for (const step of path) {
    if (typeof step === 'number') here = isList(here) ? here.at(step) : undefined;
    else here = isObject(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

/** The text there; ids that came as numbers are written out. Undefined for anything else and for ''. */
export function textAt(json: Json | undefined, ...path: readonly (string | number)[]): string | undefined {
  const found = jsonAt(json, ...path);
  if (typeof found === 'number') return String(found);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

/** The finite number there, also where it was sent as text. */
export function numberAt(json: Json | undefined, ...path: readonly (string | number)[]): number | undefined {
  const found = jsonAt(json, ...path);
  if (typeof found !== 'number' && (typeof found !== 'string' || found.trim() === '')) return undefined;
  const number = Number(found);
  return Number.isFinite(number) ? number : undefined;
}

/** The list there; empty where there is none. */
export function listAt(json: Json | undefined, ...path: readonly (string | number)[]): readonly Json[] {
  const found = jsonAt(json, ...path);
  return isList(found) ? found : [];
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
