import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../config/document.ts';

const tookTooLongMs = 60_000;

/**
 * Type errors in a folder of TypeScript pipelines, where TypeScript is installed beside weir; compiled ones have none. `broken`:
 * pipelines that do not load, by the names of their files. Theirs would only follow from that.
 */
export async function checkTypes(folder: string, broken: ReadonlySet<string>): Promise<readonly Finding[]> {
  return compile(
    folder,
    sourcesIn(folder, (name) => !broken.has(name)),
  );
}

/** Where pipelines of these names, or what they import, cannot even be parsed. */
export async function checkSyntax(folder: string, names: ReadonlySet<string>): Promise<readonly Finding[]> {
  const findings = await compile(
    folder,
    sourcesIn(folder, (name) => names.has(name)),
  );
  return findings.filter(({ message }) => /^TS1\d{3}:/.test(message));
}

/** With their cases. */
function sourcesIn(folder: string, isWanted: (name: string) => boolean): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts') && isWanted(name.split('.', 1)[0] ?? ''))
    .map((name) => join(folder, name));
}

async function compile(folder: string, files: readonly string[]): Promise<readonly Finding[]> {
  const [typescript, types] = [installed('typescript'), installed('@types/node')];
  if (files.length === 0 || typescript === undefined || types === undefined) return [];
  const args = [join(typescript, 'bin', 'tsc'), ...flags, '--typeRoots', dirname(types), ...files];
  const output = await outputOf(process.execPath, args, folder);
  return output.split('\n').flatMap((line) => findingOf(line, folder));
}

// prettier-ignore
const flags = [
  '--noEmit',
  '--ignoreConfig',
  '--strict', '--exactOptionalPropertyTypes',
  '--skipLibCheck',
  '--allowImportingTsExtensions',
  '--target', 'es2023', '--module', 'nodenext', '--types', 'node', '--pretty', 'false',
];

/** `gong.ts(3,5): error TS2322: …`; what lies outside of the folder is not this pipeline's fault. */
function findingOf(line: string, folder: string): readonly Finding[] {
  const [, name, row, column, message] = /^(.+)\((\d+),(\d+)\): error (TS\d+: .+)$/.exec(line) ?? [];
  if (name === undefined || message === undefined) return [];
  const file = resolve(folder, name);
  if (relative(folder, file).startsWith('..')) return [];
  return [{ file, line: Number(row), column: Number(column), severity: 'error', message }];
}

function installed(name: string): string | undefined {
  try {
    return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** The compiler exits with 1 or 2 where it found something, so its exit code says nothing new. */
function outputOf(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, [...args], { cwd, timeout: tookTooLongMs, maxBuffer: 16 * 1024 ** 2 }, (_, stdout) =>
      resolve(stdout),
    );
  });
}
