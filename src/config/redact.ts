import { options } from './options.ts';
import type { Config } from './schema.ts';

/** The configuration as it may be printed: secrets, and passwords in addresses, are masked. */
export function redact(config: Config): unknown {
  return masked(config, []);
}

/** A text whose addresses have no users and passwords. Not by a parser: what none can read, and what stands in a sentence, may hold them, too. */
export const redactUrl = (text: string): string => text.replaceAll(/\/\/[^/?#\s]*@/g, `//${mask}@`);

const mask = '***';

function masked(value: unknown, path: readonly string[]): unknown {
  if (isSecret(path)) return Array.isArray(value) ? value.map(() => mask) : mask;
  if (typeof value === 'string') return redactUrl(value);
  if (Array.isArray(value)) return value.map((item, index) => masked(item, [...path, String(index)]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, [...path, key])]));
}

function isSecret(path: readonly string[]): boolean {
  const option = options.find(
    ({ path: pattern }) =>
      pattern.length === path.length && pattern.every((part, index) => part === '*' || part === path[index]),
  );
  return option?.about.secret === true;
}
