import { z } from 'zod';
import { about, type About } from './about.ts';
import { configSchema } from './schema.ts';

/** One option, as the schema declares it: a line of the table in the docs, a name in the environment. */
export interface Option {
  /** As people write it: `http.port`, `orgs.<org>.rate`, `auth.tokens[].token`. */
  readonly key: string;
  /** The same as a path; `*` stands for any one name or index. */
  readonly path: readonly string[];
  /** Undefined for what stands inside a map or a list: there the variable holds the whole. */
  readonly env: string | undefined;
  readonly about: About;
  readonly type: z.core.$ZodType;
  /** Undefined where there is none. */
  readonly default: unknown;
}

/** All options, in the order of the schema. */
export const options: readonly Option[] = optionsOf(configSchema, { key: '', path: [], default: undefined });

/** The keys that may stand at a path; `*` stands for any. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const depth = path.length;
  return [
    ...new Set(options.filter((option) => covers(option.path, path)).flatMap((option) => option.path[depth] ?? [])),
  ];
}

/** The option at a path such as `['orgs', 'acme', 'rate']`. */
export function optionAt(path: readonly PropertyKey[]): Option | undefined {
  return options.find((option) => option.path.length === path.length && covers(option.path, path));
}

/** Whether a secret stands at, above or under a path: a token in place of the map that should hold it is one, too. */
export function secretAbout(path: readonly PropertyKey[]): boolean {
  return options.some(
    ({ about: { secret }, path: pattern }) => secret === true && covers(pattern, path.slice(0, pattern.length)),
  );
}

interface Place {
  readonly key: string;
  readonly path: readonly string[];
  readonly default: unknown;
}

function optionsOf(type: z.core.$ZodType, place: Place): readonly Option[] {
  const declared = about.get(type);
  const own = declared
    ? [{ ...place, env: envOf(place, declared), about: declared, type, default: defaultOf(type) }]
    : [];
  return [...own, ...inside(unwrapped(type), place, declared?.each ?? 'name')];
}

function inside(type: z.core.$ZodType, place: Place, each: string): readonly Option[] {
  const { key, path } = place;
  if (type instanceof z.ZodObject) {
    return Object.entries(type.shape).flatMap(([name, inner]) =>
      optionsOf(inner, { key: key === '' ? name : `${key}.${name}`, path: [...path, name], default: undefined }),
    );
  }
  if (type instanceof z.ZodRecord) {
    return inside(
      unwrapped(type.valueType),
      { key: `${key}.<${each}>`, path: [...path, '*'], default: undefined },
      each,
    );
  }
  if (type instanceof z.ZodArray) {
    return inside(unwrapped(type.element), { key: `${key}[]`, path: [...path, '*'], default: undefined }, each);
  }
  return [];
}

function unwrapped(type: z.core.$ZodType): z.core.$ZodType {
  if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault) return unwrapped(type.unwrap());
  if (type instanceof z.ZodExactOptional) return unwrapped(type.unwrap());
  return type;
}

function defaultOf(type: z.core.$ZodType): unknown {
  return type instanceof z.ZodDefault ? type.def.defaultValue : undefined;
}

function envOf({ path }: Place, { env }: About): string | undefined {
  if (path.includes('*')) return undefined;
  return env ?? nameOf(path);
}

/** The name in the environment that an option has unless another is declared. */
export function nameOf(path: readonly string[]): string {
  return ['WEIR', ...path.map((part) => part.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase())].join('_');
}

function covers(pattern: readonly string[], path: readonly PropertyKey[]): boolean {
  return (
    path.length <= pattern.length && path.every((part, index) => pattern[index] === '*' || pattern[index] === part)
  );
}
