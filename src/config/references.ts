import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../core/errors.ts';
import { readDocument, type Finding, type Path, type Places } from './document.ts';
import { optionAt } from './options.ts';
import { didYouMean } from '../core/suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface References {
  readonly env: Environment;
  /** What `file:` is relative to. */
  readonly folder: string;
  readonly places: Places;
}

const variable = /\$\{([A-Za-z_]\w*)\}/g;
const wholeReference = /^(\$\{[A-Za-z_]\w*\}|file:.+)$/s;

/**
 * Puts in what the file refers to: `${ENV}` in any text; `file:secret.txt` for a secret; `file:accounts.yaml` for the accounts
 * of an organisation. A secret in plain text is an error. What cannot be put in is left out, and found.
 */
export function resolveReferences(raw: unknown, references: References): Resolved {
  const findings: Finding[] = [];
  const leftOut: Path[] = [];
  const referring: Path[] = [];
  const value = resolved(raw, [], { ...references, findings, leftOut, referring });
  return { value, findings, leftOut, referring };
}

export interface Resolved {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  readonly leftOut: readonly Path[];
  /** Where something was put in: whatever it is meant for, it may be a secret. */
  readonly referring: readonly Path[];
}

type Work = References & { readonly findings: Finding[]; readonly leftOut: Path[]; readonly referring: Path[] };

function resolved(value: unknown, path: Path, work: Work): unknown {
  if (typeof value === 'string') return resolvedText(value, path, work);
  if (Array.isArray(value)) return value.map((item, index) => resolved(item, [...path, index], work));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, resolved(inner, [...path, key], work)]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}

function resolvedText(text: string, path: Path, work: Work): unknown {
  const secret = isSecret(path);
  if (text.includes('${')) work.referring.push(path);
  if (secret && !wholeReference.test(text)) {
    return fault(work, path, 'a secret must not stand here in plain text; write ${NAME} or file:PATH');
  }
  if (!text.startsWith('file:')) return withVariables(text, path, work);
  if (secret) return fromFile(text, path, work)?.replace(/\r?\n$/, '');
  if (path.at(-1) !== 'accounts' || optionAt(path) === undefined) return text;
  const accounts = fromFile(text, path, work);
  if (accounts === undefined) return undefined;
  const document = readDocument(accounts, fileOf(text, work), work.places, path);
  work.findings.push(...document.findings);
  if (document.value === undefined) work.leftOut.push(path);
  return document.value;
}

function withVariables(text: string, path: Path, work: Work): string | undefined {
  const names = Array.from(text.matchAll(variable), ([, name = '']) => name);
  const missing = names.find((name) => !work.env[name]);
  if (missing !== undefined) {
    const meant = didYouMean(missing, Object.keys(work.env));
    return fault(work, path, `\${${missing}} is not set in the environment${meant}`);
  }
  return text.replaceAll(variable, (_, name: string) => work.env[name] ?? '');
}

function fromFile(text: string, path: Path, work: Work): string | undefined {
  try {
    return readFileSync(fileOf(text, work), 'utf8');
  } catch (error) {
    return fault(work, path, `${fileOf(text, work)}: ${unreadable(error)}`);
  }
}

/** Why a file cannot be read; which one is said before it. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES') return 'weir may not read it';
  return `cannot be read: ${messageOf(error)}`;
}

function fileOf(text: string, { folder }: References): string {
  return resolve(folder, text.slice('file:'.length));
}

function fault({ findings, leftOut, places }: Work, path: Path, message: string): undefined {
  leftOut.push(path);
  findings.push({ ...places.get(path), severity: 'error', message: `${path.join('.')}: ${message}` });
}

function isSecret(path: Path): boolean {
  return [path, path.slice(0, -1)].some((each) => optionAt(each)?.about.secret === true);
}
