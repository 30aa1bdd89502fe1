import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { createPlaces, readDocument, type Finding, type Path, type Places } from './document.ts';
import { isRecord, overrideFromEnvironment, setAt } from './environment.ts';
import { keysAt, options } from './options.ts';
import { resolveReferences, type Environment } from './references.ts';
import { faultsOf, type Fault } from './rules.ts';
import { configSchema, type Config } from './schema.ts';
import { didYouMean } from './suggest.ts';

export interface ConfigSource {
  /** The configuration file, where there is one. */
  readonly file?: { readonly path: string; readonly text: string };
  readonly env: Environment;
  /** What relative paths in the environment, and the defaults, are relative to. */
  readonly cwd: string;
  /** The names of the connectors there are. */
  readonly sources?: readonly string[];
}

export interface Linted {
  /** What could be read; wrong parts are left at their defaults. */
  readonly config: Config;
  readonly findings: readonly Finding[];
  /** Where an option stands: for what is found out later, such as an address nobody answers at. */
  readonly places: Places;
}

/** Reads a configuration and says everything that is wrong with it, each with its place. */
export function lintConfig(source: ConfigSource): Linted {
  const { file, env, cwd } = source;
  const places = createPlaces(file?.path ?? 'configuration');
  const folder = file ? dirname(file.path) : cwd;
  const document = readDocument(file?.text ?? '', file?.path ?? 'configuration', places);
  const references = resolveReferences(document.value, { env, folder, places });
  const shape = shapeFindings(references.value, places);
  const value = isRecord(references.value) ? references.value : {};
  makeAbsolute(value, folder);
  const overrides = overrideFromEnvironment(value, env, places);
  makeAbsolute(value, cwd);
  const parsed = parseAndMend(value);
  // Where a reference could not be put in, its absence is no second fault.
  const isLeftOut = ({ line, column }: Finding) =>
    references.findings.some((each) => each.line === line && each.column === column);
  const rules = parsed.sound && references.findings.length === 0 ? faultsOf(parsed.config, source.sources) : [];
  return {
    config: parsed.config,
    places,
    findings: [
      ...document.findings,
      ...references.findings,
      ...shape,
      ...overrides,
      ...parsed.issues.flatMap((issue) => issueFindings(issue, places)).filter((each) => !isLeftOut(each)),
      ...rules.map((fault) => placed(places, fault)),
    ].sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

function shapeFindings(value: unknown, places: Places): readonly Finding[] {
  if (value === undefined || value === null || isRecord(value)) return [];
  return [{ ...places.get([]), severity: 'error', message: 'a configuration is a map of keys' }];
}

/** Paths, and `file:` key sets, become absolute: those already made so are left alone. */
function makeAbsolute(value: Record<string, unknown>, folder: string): void {
  for (const { path, about } of options) {
    if (about.path !== true) continue;
    const text = path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
    if (typeof text === 'string') setAt(value, path, resolve(folder, text));
  }
  const jwks = isRecord(value['auth']) ? value['auth']['jwks'] : undefined;
  if (typeof jwks === 'string' && jwks.startsWith('file:')) {
    setAt(value, ['auth', 'jwks'], `file:${resolve(folder, jwks.slice('file:'.length))}`);
  }
}

/** Parses; what is wrong is taken out, so that the rest can still be looked at. */
function parseAndMend(value: Record<string, unknown>): { config: Config; issues: z.core.$ZodIssue[]; sound: boolean } {
  const first = configSchema.safeParse(value);
  if (first.success) return { config: first.data, issues: [], sound: true };
  const { issues } = first.error;
  for (const issue of issues) takeOut(value, issue);
  const second = configSchema.safeParse(value);
  return {
    config: second.success ? second.data : configSchema.parse({}),
    issues,
    sound: second.success && issues.every((issue) => issue.code === 'unrecognized_keys'),
  };
}

function takeOut(value: unknown, issue: z.core.$ZodIssue): void {
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = keys.length > 0 ? issue.path : issue.path.slice(0, -1);
  let at = value;
  for (const key of path) {
    const inner = isRecord(at) ? at[String(key)] : undefined;
    // A fault inside a list takes the list with it: what is left of a list of tokens is not what was meant.
    if (Array.isArray(inner) && isRecord(at)) {
      delete at[String(key)];
      return;
    }
    if (!isRecord(inner)) return;
    at = inner;
  }
  if (!isRecord(at)) return;
  for (const key of keys.length > 0 ? keys : issue.path.slice(-1)) delete at[String(key)];
}

function issueFindings(issue: z.core.$ZodIssue, places: Places): readonly Finding[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return found(places, path, `unknown key${hint(key, issue.path)}`, 'error', 'key');
    });
  }
  if (issue.code === 'invalid_key') {
    return [found(places, issue.path, issue.issues[0]?.message ?? issue.message, 'error', 'key')];
  }
  return [found(places, issue.path, issue.message.replace(/^Invalid input: /, ''), 'error')];
}

/** A key beside it that is spelt alike, or one of the same name elsewhere. */
function hint(key: string, parent: Path): string {
  const near = didYouMean(key, keysAt(parent));
  if (near !== '') return near;
  const elsewhere = options.find((option) => option.path.at(-1) === key);
  return elsewhere ? `; did you mean "${elsewhere.key}"?` : '';
}

/** A fault with its place. */
export function placed(places: Places, { path, message, severity }: Fault): Finding {
  return found(places, path, message, severity);
}

function found(places: Places, path: Path, message: string, severity: Finding['severity'], of?: 'key'): Finding {
  return { ...places.get(path, of), severity, message: path.length === 0 ? message : `${path.join('.')}: ${message}` };
}
