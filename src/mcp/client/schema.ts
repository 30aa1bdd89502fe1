import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import type { Json, JsonObject } from '../../core/json.ts';
import { isList, isObject } from '../clean.ts';

/** Says what is wrong with a value; undefined where nothing is. */
export type Check = (value: Json) => string | undefined;

/** A check of the structure that a tool's JSON Schema describes. Throws where it is no schema. */
export function checkOf(schema: JsonObject): Check {
  const validate = new AjvJsonSchemaValidator().getValidator(structureOf(schema));
  return (value) => {
    const found = validate(value);
    return found.valid ? undefined : found.errorMessage;
  };
}

/** Keywords that say something of one value, each in constant time or once along it. */
const assertions: ReadonlySet<string> = new Set(
  `$schema type enum const required minimum maximum exclusiveMinimum exclusiveMaximum multipleOf
   minLength maxLength minItems maxItems minProperties maxProperties`.split(/\s+/),
);
/** Keywords whose value is a schema, or a list of them. */
const applicators: ReadonlySet<string> = new Set(['items', 'prefixItems', 'additionalItems', 'anyOf', 'allOf']);

/**
 * The part of a schema that is checked. It comes from outside, so what could make checking costly is left out: patterns and formats
 * (a pattern can take exponential time), uniqueness (quadratic), references (recursion). Where that could make what is right look
 * wrong, the keyword around it goes too (`not`, `if`, `contains`, `unevaluated…`), and `oneOf` counts as `anyOf`. What is left
 * takes at most (size of the schema × size of the value).
 */
export function structureOf(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).flatMap(([keyword, value]): readonly (readonly [string, Json])[] => {
    if (assertions.has(keyword)) return [[keyword, value]];
    if (applicators.has(keyword)) return [[keyword, inside(value)]];
    if (keyword === 'properties' && isObject(value)) {
      return [[keyword, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inside(each)]))]];
    }
    if (keyword === 'additionalProperties' && !Object.hasOwn(schema, 'patternProperties')) {
      return [[keyword, inside(value)]];
    }
    return [];
  });
  const structure: JsonObject = Object.fromEntries(entries);
  const alternatives = schema['oneOf'];
  if (alternatives === undefined) return structure;
  const others = structure['allOf'];
  return { ...structure, allOf: [...(isList(others) ? others : []), { anyOf: inside(alternatives) }] };
}

function inside(value: Json): Json {
  if (isList(value)) return value.map(inside);
  return isObject(value) ? structureOf(value) : value;
}
