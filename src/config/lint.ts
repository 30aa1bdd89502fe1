import { dirname, resolve } from 'node:path';
import { createPlaces, inOrder, readDocument, type Finding, type Path, type Places } from './document.ts';
import { isRecord, overrideFromEnvironment, setAt } from './environment.ts';
import { keysAt, options } from './options.ts';
import { resolveReferences, type Environment } from './references.ts';
import { faultsOf, type Fault } from './rules.ts';
import type { Config } from './schema.ts';
import type { Misfit } from '../core/misfits.ts';
import { didYouMean } from '../core/suggest.ts';
import { parseAndMend, type Mended } from './mend.ts';

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
  /** What else is found wrong with what was read, each with its place; without what only follows from these findings. */
  faultsAt(faults: readonly Fault[]): readonly Finding[];
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
  const unread = document.findings.some(({ severity }) => severity === 'error') ? [[]] : [];
  const mended = parseAndMend(value, {
    leftOut: [...unread, ...references.leftOut, ...overrides.leftOut],
    hidden: references.referring,
  });
  return {
    config: mended.config,
    places,
    faultsAt: (faults) => faultsAt(faults, mended, places),
    findings: inOrder([
      ...document.findings,
      ...references.findings,
      ...shape,
      ...overrides.findings,
      ...mended.misfits.map((misfit) => misfitFinding(misfit, places)),
      ...faultsAt(faultsOf(mended.config, source.sources), mended, places),
    ]),
  };
}

/** What other options rest on that are wrong themselves may be no fault: it is told when those are mended. */
function faultsAt(faults: readonly Fault[], { isSpoilt, inFile }: Mended, places: Places): readonly Finding[] {
  return faults
    .map(({ path, restsOn = [], ...fault }) => ({ ...fault, path: inFile(path), restsOn }))
    .filter(({ path, restsOn }) => ![path, ...restsOn].some(isSpoilt))
    .map(({ path, message, severity }) => found(places, path, message, severity));
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

function misfitFinding({ path, message, of }: Misfit, places: Places): Finding {
  if (of === 'value') return found(places, path, inYaml(message), 'error');
  const text = of === 'key' ? message : `unknown key${hint(String(path.at(-1)), path.slice(0, -1))}`;
  return found(places, path, text, 'error', 'key');
}

/** JSON's words are not those of whoever writes YAML. */
const inYaml = (message: string): string =>
  message
    .replace('expected an object', 'expected a map of keys')
    .replace(/got (?:an object|null)$/, (got) => (got === 'got null' ? 'got nothing' : 'got a map of keys'));

/** A key beside it that is spelt alike, or one of the same name elsewhere. */
function hint(key: string, parent: Path): string {
  const near = didYouMean(key, keysAt(parent));
  if (near !== '') return near;
  const elsewhere = options.find((option) => option.path.at(-1) === key);
  return elsewhere ? `; did you mean "${elsewhere.key}"?` : '';
}

function found(places: Places, path: Path, message: string, severity: Finding['severity'], of?: 'key'): Finding {
  return { ...places.get(path, of), severity, message: path.length === 0 ? message : `${path.join('.')}: ${message}` };
}
