import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Data sets in a folder, one folder each. They are read in place and never copied. */
export interface DataSets {
  /** What choices were made on. */
  readonly dev: Folder;
  /** What no choice was made on: files of the same names and formats; undefined where there is none. */
  readonly heldOut: Folder | undefined;
}

export interface Folder {
  readonly path: string;
  has(file: string): boolean;
  /** Text of a file, unpacked where its name ends in `.gz`. */
  text(file: string): string;
  /** Files below a folder, as paths from the root of the sets, sorted. */
  filesIn(folder: string): readonly string[];
}

export function openFolder(path: string): Folder {
  const filesIn = (folder: string): readonly string[] =>
    readdirSync(join(path, folder), { withFileTypes: true })
      .flatMap((entry) => (entry.isDirectory() ? filesIn(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
      .toSorted();
  return {
    path,
    has: (file) => existsSync(join(path, file)),
    text(file) {
      const bytes = readFileSync(join(path, file));
      return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    },
    filesIn,
  };
}

/** The parts that hold a file, each with what is made of it. */
export function onParts<T>(sets: DataSets, file: string, make: (folder: Folder, part: 'dev' | 'heldOut') => T) {
  return {
    ...(sets.dev.has(file) && { dev: make(sets.dev, 'dev') }),
    ...(sets.heldOut?.has(file) && { heldOut: make(sets.heldOut, 'heldOut') }),
  };
}

export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Rows of tab-separated text without quoting, its header left out. */
export function tsvOf(text: string): readonly (readonly string[])[] {
  return linesOf(text)
    .slice(1)
    .map((line) => line.split('\t'));
}

/** Rows of CSV as RFC 4180 has it, by the names in its header. */
export function csvOf(text: string, separator = ','): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...rows] = cellsOf(text, separator);
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])));
}

export function jsonLinesOf<T>(text: string): readonly T[] {
  return linesOf(text).map((line): T => JSON.parse(line));
}

function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length;) {
    const [cell, end] = text[at] === '"' ? quoted(text, at + 1) : plain(text, at, separator);
    row.push(cell);
    if (text[end] === separator) {
      at = end + 1;
      continue;
    }
    rows.push(row);
    row = [];
    at = end + (text[end] === '\r' ? 2 : 1);
  }
  return rows;
}

function plain(text: string, from: number, separator: string): readonly [string, number] {
  let end = from;
  while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return [text.slice(from, end), end];
}

function quoted(text: string, from: number): readonly [string, number] {
  let cell = '';
  for (let at = from; ;) {
    const end = text.indexOf('"', at);
    if (end < 0) return [cell + text.slice(at), text.length];
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return [cell, end + 1];
    cell += '"';
    at = end + 2;
  }
}
