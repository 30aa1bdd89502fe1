import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../config/document.ts';

const tookTooLongMs = 60_000;

/** Type errors in a folder of TypeScript pipelines, where TypeScript is installed beside weir. Compiled ones have none. */
export async function checkTypes(folder: string): Promise<readonly Finding[]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));
  const findings = await compile(folder, files);
  const unreadable = new Set(findings.filter(({ message }) => isSyntax(message)).map(({ file }) => file));
  if (unreadable.size === 0) return findings;
  // While one file does not even parse, the compiler says nothing of the others.
  return [
    ...findings,
    ...(await compile(
      folder,
      files.filter((file) => !unreadable.has(file)),
    )),
  ];
}

async function compile(folder: string, files: readonly string[]): Promise<readonly Finding[]> {
  const [typescript, types] = [installed('typescript'), installed('@types/node')];
  if (files.length === 0 || typescript === undefined || types === undefined) return [];
  const args = [join(typescript, 'bin', 'tsc'), ...flags, '--typeRoots', dirname(types), ...files];
  const output = await outputOf(process.execPath, args, folder);
  return output.split('\n').flatMap((line) => findingOf(line, folder));
}

/** TS1000 to TS1999. */
function isSyntax(message: string): boolean {
  return /^TS1\d{3}:/.test(message);
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
  const file = join(folder, name);
  if (dirname(file) !== folder) return [];
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
