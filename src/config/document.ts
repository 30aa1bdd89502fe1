import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';

/** Where something stands. `line` and `column` from 1; both 0 where there are none, such as in the environment. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Finding extends Place {
  /** `error`: weir does not start with it. `warning`: it does, and somebody should look. */
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** As they stand in the file. */
export const inOrder = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => a.line - b.line || a.column - b.column);

/** A YAML text as plain values, with the place of every key and value. */
export interface PlacedDocument {
  readonly value: unknown;
  readonly places: Places;
  readonly findings: readonly Finding[];
}

/** Where keys and values stand, by path. */
export interface Places {
  set(path: Path, of: 'key' | 'value', place: Place): void;
  /** Everything at and under a path stands there now. */
  replace(path: Path, place: Place): void;
  /** Of the thing itself, or of what it would stand in. */
  get(path: Path, of?: 'key' | 'value'): Place;
}

export type Path = readonly PropertyKey[];

export function readDocument(text: string, file: string, places: Places, at: Path = []): PlacedDocument {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const placeOf = (offset: number): Place => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  };
  // After the first error the rest are mostly its echoes.
  const findings = [...document.errors.slice(0, 1), ...document.warnings].map((error): Finding => ({
    ...placeOf(error.pos[0]),
    severity: error.name === 'YAMLParseError' ? 'error' : 'warning',
    message: error.message,
  }));
  if (findings.some(({ severity }) => severity === 'error')) return { value: undefined, places, findings };

  notePlaces(document.contents, at, (path, of, offset) => places.set(path, of, placeOf(offset)));
  const value: unknown = document.toJS();
  return { value, places, findings };
}

export function createPlaces(file: string): Places {
  const known = new Map<string, Place>();
  const idOf = (path: Path, of: 'key' | 'value') => [of, ...path.map(String)].join('\0');
  // What stands in a list has no key.
  const get = (path: Path, of: 'key' | 'value' = 'value'): Place =>
    known.get(idOf(path, of)) ??
    (of === 'key' ? known.get(idOf(path, 'value')) : undefined) ??
    (path.length === 0 ? { file, line: 1, column: 1 } : get(path.slice(0, -1), 'key'));
  const set = (path: Path, of: 'key' | 'value', place: Place): void => void known.set(idOf(path, of), place);
  const replace = (path: Path, place: Place): void => {
    const inside = path.map((part) => `\0${String(part)}`).join('');
    for (const id of known.keys()) if (`${id.slice(id.indexOf('\0'))}\0`.startsWith(`${inside}\0`)) known.delete(id);
    set(path, 'key', place);
    set(path, 'value', place);
  };
  return { set, replace, get };
}

type Note = (path: Path, of: 'key' | 'value', offset: number) => void;

function notePlaces(node: unknown, path: Path, note: Note): void {
  if (!isNode(node)) return;
  note(path, 'value', startOf(node));
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) notePlaces(item, [...path, index], note);
  }
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const inner = [...path, String(key.value)];
      note(inner, 'key', startOf(key));
      notePlaces(value, inner, note);
    }
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
