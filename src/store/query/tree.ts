/** A node of a statement's syntax tree: what `EXPLAIN AST` prints of it, without what stands below. */
export interface Node {
  /** Such as `Function`, `TableIdentifier`, `Literal`. */
  readonly kind: string;
  /** What stands after the kind: a function's or table's name, a literal; '' where nothing does. */
  readonly name: string;
  readonly alias: string | undefined;
  readonly children: readonly Node[];
}

/**
 * Reads what `EXPLAIN AST` printed: a line a node, one space of indentation a level, `(children n)` where there are some.
 * Undefined for text whose indentation and counts do not agree: names chosen by whoever wrote the statement stand in it, and
 * none may pass for a node.
 */
export function parseTree(text: string): Node | undefined {
  const lines = text.replace(/\n+$/, '').split('\n').map(lineOf);
  let at = 0;
  const read = (depth: number): Node | undefined => {
    const line = lines[at];
    if (!line || line.depth !== depth) return undefined;
    at += 1;
    const children: Node[] = [];
    for (let left = line.count; left > 0; left -= 1) {
      const child = read(depth + 1);
      if (!child) return undefined;
      children.push(child);
    }
    return { kind: line.kind, name: line.name, alias: line.alias, children };
  };
  const root = read(0);
  return root && at === lines.length ? root : undefined;
}

/** Every node, the root first. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

interface Line {
  readonly depth: number;
  readonly kind: string;
  readonly name: string;
  readonly alias: string | undefined;
  readonly count: number;
}

function lineOf(text: string): Line {
  const depth = text.length - text.trimStart().length;
  const [, label = '', count = '0'] = /^(.*?)(?: \(children (\d+)\))?$/s.exec(text.slice(depth)) ?? [];
  const [, named = '', alias] = /^(.*?)(?: \(alias (.*)\))?$/s.exec(label) ?? [];
  const space = named.indexOf(' ');
  const kind = space === -1 ? named : named.slice(0, space);
  return { depth, kind, name: space === -1 ? '' : named.slice(space + 1), alias, count: Number(count) };
}
