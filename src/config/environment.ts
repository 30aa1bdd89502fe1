import { parse } from 'yaml';
import { z } from 'zod';
import { messageOf } from '../core/errors.ts';
import type { Finding, Path, Places } from './document.ts';
import { nameOf, options, type Option } from './options.ts';
import type { Environment } from './references.ts';
import { suggest } from '../core/suggest.ts';

/** Variables that are no options: they belong to the commands. */
const others = ['WEIR_CONFIG', 'WEIR_TOKEN', 'WEIR_URL'];

/** Puts the environment over what the file says. Lists and maps are written as JSON or YAML. An empty variable is none. */
export function overrideFromEnvironment(
  value: Record<string, unknown>,
  env: Environment,
  places: Places,
): { readonly findings: readonly Finding[]; readonly leftOut: readonly Path[] } {
  const findings: Finding[] = [];
  const leftOut: Path[] = [];
  for (const option of options) {
    const text = option.env === undefined ? undefined : env[option.env];
    if (option.env === undefined || !text) continue;
    const place = { file: `$${option.env}`, line: 0, column: 0 };
    try {
      setAt(value, option.path, valueOf(text, option));
      places.replace(option.path, place);
    } catch (error) {
      findings.push({ ...place, severity: 'error', message: `is neither JSON nor YAML: ${firstLine(error)}` });
      leftOut.push(option.path);
    }
  }
  return { findings: [...findings, ...misspelt(env)], leftOut };
}

/** Sets a value in nested plain objects, making those that are missing. */
export function setAt(value: Record<string, unknown>, path: Path, to: unknown): void {
  const [head, ...rest] = path.map(String);
  if (head === undefined) return;
  if (rest.length === 0) {
    value[head] = to;
    return;
  }
  const inner = value[head];
  const next = isRecord(inner) ? inner : {};
  value[head] = next;
  setAt(next, rest, to);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** As it is where the option takes text, else as YAML reads it: a number, a boolean, a list. */
function valueOf(text: string, { type }: Option): unknown {
  return z.safeParse(type, text).success ? text : parse(text);
}

function misspelt(env: Environment): readonly Finding[] {
  const known = [...others, ...options.flatMap((option) => option.env ?? [])];
  return Object.keys(env).flatMap((name) => {
    if (!name.startsWith('WEIR_') || known.includes(name)) return [];
    const byPath = options.find(
      ({ path, env: own }) => own !== undefined && own !== name && nameOf(path) === name,
    )?.env;
    const near = suggest(
      name.slice('WEIR_'.length),
      known.map((each) => each.replace('WEIR_', '')),
    );
    const meant = byPath ?? (near === undefined ? undefined : `WEIR_${near}`);
    if (meant === undefined) return [];
    const message = `means nothing to weir; did you mean ${meant}?`;
    return [{ file: `$${name}`, line: 0, column: 0, severity: 'warning' as const, message }];
  });
}

const firstLine = (error: unknown): string => (messageOf(error).split('\n')[0] ?? '').replace(/ at line .*$/, '');
