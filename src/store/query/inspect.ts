import { didYouMean } from '../../core/suggest.ts';
import { tableNames, viewNames } from '../store.ts';
import type { Functions } from './functions.ts';
import { hasWord, subqueryNames, tokensOf } from './text.ts';
import { nodesOf, type Node } from './tree.ts';

/** What a statement may refer to. */
export interface Rules {
  readonly functions: Functions;
  /** Tables of ClickHouse's own that say what there is: `system.tables`, … */
  readonly catalog: ReadonlySet<string>;
  /** Columns of those that are not shown. */
  readonly hiddenColumns: ReadonlySet<string>;
}

export type Verdict =
  /** `format` is the one the statement names. */
  | { readonly kind: 'allowed'; readonly format: string | undefined }
  /** In ClickHouse's words for the like. */
  | { readonly kind: 'refused'; readonly code: number; readonly type: string; readonly detail: string };

/**
 * The second wall: whether a statement only reads what is shown. `normalised` is what `formatQuerySingleLine` made of it, `tree`
 * what `EXPLAIN AST` printed of that. Whatever is not known to be harmless is refused.
 */
export function inspect(normalised: string, tree: Node, rules: Rules): Verdict {
  const tokens = tokensOf(normalised);
  if (!tokens) return refused('A quoted name may not hold escapes or control characters.');
  // ClickHouse asks a PREWHERE of every row, before it knows whose row it is: its errors would tell of others' rows.
  if (hasWord(tokens, 'PREWHERE')) return refused('Use WHERE in place of PREWHERE.');
  if (tree.kind === 'DescribeQuery') return inspectDescription(tree);
  if (tree.kind !== 'SelectWithUnionQuery') return refused('Only one SELECT (or DESCRIBE) is answered here.');

  const [body, ...options] = tree.children;
  const format = options.find(({ kind }) => kind === 'Identifier')?.name;
  if (!body || options.some(({ kind }) => kind === 'Literal')) return refused('INTO OUTFILE is not answered here.');
  if (options.some(({ kind }) => kind !== 'Identifier' && kind !== 'Set'))
    return refused('This clause is not answered here.');
  if (options.some(({ kind }) => kind === 'Set')) return refused(noSettings);

  const scope: Scope = {
    rules,
    subqueries: subqueryNames(tokens),
    aliases: aliasesOf(body),
    catalog: readsCatalog(body),
  };
  return faultIn(body, scope) ?? { kind: 'allowed', format };
}

const noSettings = 'Settings are not taken here: the limits of a question are weir’s.';

interface Scope {
  readonly rules: Rules;
  readonly subqueries: ReadonlySet<string>;
  readonly aliases: ReadonlySet<string>;
  /** The statement reads one of ClickHouse's own tables: their other columns tell how much all organisations store. */
  readonly catalog: boolean;
}

/** Nodes with nothing to them but what stands below. */
const plainKinds: ReadonlySet<string> = new Set([
  'ExpressionList',
  'SelectQuery',
  'SelectIntersectExceptQuery',
  'Subquery',
  'Literal',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'TableJoin',
  'ArrayJoin',
  'WithElement',
  'OrderByElement',
  'InterpolateElement',
  'WindowDefinition',
  'WindowListElement',
  'ColumnsTransformerList',
  'ColumnsExceptTransformer',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
]);

/** Several columns at once. */
const matcherKinds: ReadonlySet<string> = new Set([
  'Asterisk',
  'QualifiedAsterisk',
  'ColumnsRegexpMatcher',
  'ColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'QualifiedColumnsListMatcher',
]);

/** In the place of a table: they make rows of their arguments alone. */
const tableFunctions: ReadonlySet<string> = new Set([
  'numbers',
  'generate_series',
  'generateSeries',
  'values',
  'VALUES',
]);

/** Their first argument is the name of an aggregate, as text. */
const reducers: ReadonlySet<string> = new Set(['arrayReduce', 'arrayReduceInRanges']);

/** Their second argument is a type, as text. */
const casts: ReadonlySet<string> = new Set([
  'cast',
  '_cast',
  'accuratecast',
  'accuratecastornull',
  'accuratecastordefault',
]);

/** Their right side may be a table by its name alone. */
const membership = /^(?:global)?(?:not)?(?:null)?(?:not)?in(?:ignoreset)?$/i;

function faultIn(node: Node, scope: Scope, parent?: Node): Verdict | undefined {
  return faultOf(node, scope, parent) ?? firstFault(node.children, (child) => faultIn(child, scope, node));
}

function faultOf(node: Node, scope: Scope, parent: Node | undefined): Verdict | undefined {
  const { kind, name, children } = node;
  if (plainKinds.has(kind)) return undefined;
  if (matcherKinds.has(kind)) return scope.catalog ? denied('Of system tables, name the columns.') : undefined;
  switch (kind) {
    case 'SelectWithUnionQuery':
      return children.length === 1 ? undefined : refused(noSettings);
    case 'TableExpression':
      return firstFault(children, (child) =>
        child.kind === 'SampleRatio' ? refused('SAMPLE is not answered here.') : undefined,
      );
    case 'TableIdentifier':
      return tableFault(name, scope);
    case 'Identifier':
      return identifierFault(name, scope);
    case 'Function':
      return parent?.kind === 'TableExpression' ? tableFunctionFault(name) : functionFault(node, scope);
    case 'Set':
      return refused(noSettings);
    default:
      return refused(`This clause is not answered here (${kind}).`);
  }
}

/** What was probably meant, else what there is. */
function meant(name: string): string {
  const near = didYouMean(name.replace(/^weir\./, ''), [...tableNames, ...viewNames]);
  return near === '' ? '. SHOW TABLES lists those there are.' : near;
}

function tableFault(name: string, { rules, subqueries }: Scope): Verdict | undefined {
  if (isShown(name) || rules.catalog.has(name)) return undefined;
  if (!name.includes('.') && subqueries.has(name)) return undefined;
  return denied(`There is no table ${name} to be seen${meant(name)}`);
}

function tableFunctionFault(name: string): Verdict | undefined {
  return tableFunctions.has(name) ? undefined : denied(`The table function ${name} is not answered here.`);
}

function functionFault(node: Node, scope: Scope): Verdict | undefined {
  if (!scope.rules.functions.allows(node.name)) return denied(`The function ${node.name} is not answered here.`);
  const fault = textFault(node, scope);
  if (fault) return fault;
  if (!membership.test(node.name)) return undefined;
  const right = node.children[0]?.children[1];
  if (right?.kind !== 'Identifier' || scope.aliases.has(right.name)) return undefined;
  return tableFault(right.name, scope);
}

/** What is named by text counts as it would by itself, and has to stand there: `concat` could make any name. */
function textFault({ name, children }: Node, { rules }: Scope): Verdict | undefined {
  const [first, second] = children[0]?.children ?? [];
  if (reducers.has(name)) {
    const aggregate = first?.kind === 'Literal' ? /^'(\w+)(?:\([\d., ]*\))?'$/.exec(first.name)?.[1] : undefined;
    return aggregate !== undefined && rules.functions.allows(aggregate)
      ? undefined
      : denied(`${name} is answered with the name of an aggregate that is answered here, and with nothing else.`);
  }
  // A state is bytes that ClickHouse takes for its own.
  if (!casts.has(name.toLowerCase())) return undefined;
  return second?.kind === 'Literal' && !/aggregatefunction/i.test(second.name)
    ? undefined
    : denied('Types are answered as they stand there, and states of aggregates are none of them.');
}

function identifierFault(name: string, { rules, catalog }: Scope): Verdict | undefined {
  if (rules.functions.forbids(name)) return denied(`The function ${name} is not answered here.`);
  const column = name.slice(name.lastIndexOf('.') + 1);
  return catalog && rules.hiddenColumns.has(column) ? denied(`There is no column ${column} to be seen.`) : undefined;
}

/** `DESCRIBE TABLE weir.events`: the columns of a table and what they mean. */
function inspectDescription(tree: Node): Verdict {
  const table = tree.children[0]?.children[0];
  const single = tree.children.length === 1 && tree.children[0]?.children.length === 1;
  if (single && table?.kind === 'TableIdentifier' && isShown(table.name)) return { kind: 'allowed', format: undefined };
  return denied('Only the tables and views of weir are described here.');
}

/** Names without a database are of `weir`: that is the database of every question. */
function isShown(name: string): boolean {
  return shown.has(name.startsWith('weir.') ? name.slice(5) : name);
}

const shown: ReadonlySet<string> = new Set([...tableNames, ...viewNames]);

function readsCatalog(tree: Node): boolean {
  return [...nodesOf(tree)].some(({ name }) => name.startsWith('system.'));
}

function aliasesOf(tree: Node): ReadonlySet<string> {
  return new Set([...nodesOf(tree)].flatMap(({ alias }) => alias ?? []));
}

function firstFault(nodes: readonly Node[], check: (node: Node) => Verdict | undefined): Verdict | undefined {
  for (const node of nodes) {
    const fault = check(node);
    if (fault) return fault;
  }
  return undefined;
}

const refused = (detail: string): Verdict => ({ kind: 'refused', code: 164, type: 'READONLY', detail });
const denied = (detail: string): Verdict => ({ kind: 'refused', code: 497, type: 'ACCESS_DENIED', detail });
