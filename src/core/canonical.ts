import type { Json } from './json.ts';

/**
 * The one way to write a value as JSON (RFC 8785): no spaces, keys in the order of their UTF-16 units, numbers as ECMAScript
 * writes them. Equal values have equal texts, and so equal hashes.
 */
export function canonical(json: Json): string {
  if (typeof json !== 'object' || json === null) return JSON.stringify(json);
  if (isList(json)) return `[${json.map(canonical).join(',')}]`;
  const fields = Object.keys(json)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(json[key] ?? null)}`);
  return `{${fields.join(',')}}`;
}

function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
