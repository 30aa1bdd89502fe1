import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { WeirError } from '../core/errors.ts';
import { misfitsOf } from '../core/misfits.ts';
import type { Finding } from './document.ts';
import { lintConfig, type Linted } from './lint.ts';
import { isHidden } from './mend.ts';
import { unreadable, type Environment } from './references.ts';
import { configSchema, type Config, type ConfigInput } from './schema.ts';

export interface LoadOptions {
  /** `--config`; without it `WEIR_CONFIG`, then `weir.yaml` where there is one. */
  readonly file?: string;
  readonly env: Environment;
  readonly cwd: string;
  /** The names of the connectors there are. */
  readonly sources?: readonly string[];
}

/** The configuration, or `config-invalid` with every fault in it, each with file, line and column. */
export function loadConfig(options: LoadOptions): Config {
  const { config, findings } = lintFile(options);
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0)
    throw new WeirError('config-invalid', errors.map((error) => findingText(error, options.cwd)).join('\n'));
  return config;
}

/** The same without refusing: for `weir check`. */
export function lintFile({ file, env, cwd, sources }: LoadOptions): Linted {
  const path = fileOf({ file, env, cwd });
  const rest = { env, cwd, ...(sources && { sources }) };
  return path === undefined ? lintConfig(rest) : lintConfig({ ...rest, file: { path, text: textOf(path) } });
}

/** A configuration made in code: for tests, the demo and whoever embeds weir. Throws `config-invalid`. */
export function configOf(input: ConfigInput = {}): Config {
  const parsed = configSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = misfitsOf(configSchema, input, isHidden).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new WeirError('config-invalid', faults.join('\n'));
}

/** `weir.yaml:3:5: error: orgs.acme.rat: unknown key`. Files in `cwd` are named from there. */
export function findingText({ file, line, column, severity, message }: Finding, cwd: string): string {
  const name = file.startsWith(`${cwd}${sep}`) ? relative(cwd, file) : file;
  return `${line === 0 ? name : `${name}:${line}:${column}`}: ${severity}: ${message}`;
}

function fileOf({ file, env, cwd }: { file: string | undefined; env: Environment; cwd: string }): string | undefined {
  const named = file ?? env['WEIR_CONFIG'];
  if (named) return resolve(cwd, named);
  const usual = resolve(cwd, 'weir.yaml');
  return existsSync(usual) ? usual : undefined;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new WeirError('config-invalid', `${path}: ${unreadable(error)}`, { cause: error });
  }
}
