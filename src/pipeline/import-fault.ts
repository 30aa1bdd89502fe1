import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { messageOf } from '../core/errors.ts';

/** What is wrong with a pipeline's file, and where. */
export interface LoadFault {
  /** The file that was to be loaded. What is wrong may stand in one that it imports. */
  readonly loading: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/**
 * Where an error thrown on import happened: the import that leads nowhere, else the first place in the folder that the stack names,
 * else the beginning of the file that was to be loaded.
 */
export function importFault(error: unknown, folder: string, loading: string): LoadFault {
  return { loading, ...(unfound(error, folder) ?? thrownAt(error, folder) ?? begin(loading, brief(messageOf(error)))) };
}

type Placed = Omit<LoadFault, 'loading'>;

const begin = (file: string, message: string): Placed => ({ file, line: 1, column: 1, message });

/** Node says what cannot be found and who imports it, not on which line. */
function unfound(error: unknown, folder: string): Placed | undefined {
  const [message = ''] = messageOf(error).split('\n');
  const wanted = /^(?:Cannot find (?:module|package)|Directory import|Failed to load url) ['"]?([^'"\s]+)['"]?/.exec(
    message,
  )?.[1];
  const importer = importersIn(error, message).find((file) => isIn(folder, file) && existsSync(file));
  if (wanted === undefined || importer === undefined) return undefined;
  const found = importOf(importer, wanted);
  if (!found) return begin(importer, message);
  const { specifier, ...place } = found;
  return { file: importer, ...place, message: `there is no "${specifier}" to import${hint(specifier)}` };
}

const hint = (specifier: string): string =>
  /^[./]/.test(specifier) ? '' : ': is it installed, and is there a node_modules beside this folder?';

function importersIn(error: unknown, message: string): readonly string[] {
  const named = / imported from ['"]?(?:file:\/\/)?([^'"]+?)['"]?$/.exec(
    message.replace(/\. Does the file exist\?$/, ''),
  )?.[1];
  const stack: unknown = error instanceof Error ? Reflect.get(error, 'requireStack') : undefined;
  const required = Array.isArray(stack) ? stack.filter((each): each is string => typeof each === 'string') : [];
  return named === undefined ? required : [named, ...required];
}

/** The import, export or require of a file that names `wanted`, as it is written there or as the path that it comes to. */
function importOf(file: string, wanted: string): { specifier: string; line: number; column: number } | undefined {
  for (const [index, text] of readFileSync(file, 'utf8').split('\n').entries()) {
    for (const match of text.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"])(.+?)\1/g)) {
      const specifier = match[2] ?? '';
      const path = resolve(dirname(file), specifier.replace(/^file:\/\//, ''));
      // Of a package's inner path Node names the package alone.
      if (specifier !== wanted && path !== wanted && !specifier.startsWith(`${wanted}/`)) continue;
      return { specifier, line: index + 1, column: match.index + match[0].indexOf(match[1] ?? '') + 1 };
    }
  }
  return undefined;
}

function thrownAt(error: unknown, folder: string): Placed | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, file, line, column] of stack.matchAll(/(?:file:\/\/)?(\/[^\s():]+):(\d+)(?::(\d+))?/g)) {
    if (file !== undefined && isIn(folder, file)) {
      return { file, line: Number(line), column: Number(column ?? 1), message: brief(messageOf(error)) };
    }
  }
  return undefined;
}

/** Of a compiler's whole report, what it says of this place. */
function brief(message: string): string {
  const lines = message.split('\n');
  const said = lines.find((line) => line.includes('ERROR: ')) ?? lines[0] ?? message;
  return said.replace(/^.*ERROR: /, '');
}

const isIn = (folder: string, file: string): boolean => file.startsWith(`${folder.replace(/\/$/, '')}${sep}`);
