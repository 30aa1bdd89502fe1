import type { Json, JsonObject } from '../core/json.ts';

/**
 * Text from outside, without what no reader sees and what would move a terminal: control and format characters (Unicode's Cc, Cf),
 * private use, halves of surrogate pairs. Line feeds and tabs stay.
 */
export function cleanText(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, '');
}

/** JSON from outside nests no deeper. */
export const depthMax = 32;

/** JSON with every text in it clean, names too. Throws a RangeError where it nests deeper than {@link depthMax}. */
export function cleanJson(json: Json, depth = 0): Json {
  if (typeof json === 'string') return cleanText(json);
  if (json === null || typeof json !== 'object') return json;
  if (depth >= depthMax) throw new RangeError(`it nests deeper than ${depthMax}`);
  if (isList(json)) return json.map((each) => cleanJson(each, depth + 1));
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [cleanText(name), cleanJson(each, depth + 1)]));
}

export function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json);
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
