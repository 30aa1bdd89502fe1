import { z } from 'zod';

/** Which functions a statement may use, on the ClickHouse at hand. */
export interface Functions {
  allows(name: string): boolean;
  /** A name that stands for a function which is not allowed, and so must not be passed to another: `arrayMap(file, …)`. */
  forbids(name: string): boolean;
}

/** What to ask ClickHouse for `functionsOf`, and for the combinators of its aggregates; JSONEachRow. */
export const functionsQuery =
  'SELECT name, alias_to AS alias, is_aggregate AS aggregate, case_insensitive AS anyCase, categories FROM system.functions';
export const combinatorsQuery = 'SELECT name FROM system.aggregate_function_combinators WHERE NOT is_internal';

/**
 * Functions are allowed by what ClickHouse says they are for: a version to come may bring others, and what is not known here is
 * refused. Categories are left out whole where any function of them reaches beyond its arguments: dictionaries, files, models,
 * the network, the server, the tables' parts.
 */
const allowedCategories: ReadonlySet<string> = new Set([
  'Aggregate Functions',
  'Arithmetic',
  'Arrays',
  'Bit',
  'Bitmap',
  'Comparison',
  'Conditional',
  'Dates and Times',
  'Distance',
  'Encoding',
  'Financial',
  'Geo',
  'Geo Polygon',
  'Hash',
  'IP Address',
  'JSON',
  'Logical',
  'Map',
  'Mathematical',
  'Null',
  'Nullable',
  'Random Number',
  'Rounding',
  'String',
  'String Replacement',
  'String Search',
  'String Splitting',
  'Time Window',
  'Tuple',
  'Type Conversion',
  'URL',
  'UUID',
]);

/** Of other categories, those that look at nothing but their arguments, and what tools ask of a server they greet. */
const allowedBesides: ReadonlySet<string> = new Set([
  '_CAST', // what becomes of `{name:Type}`
  'bar',
  'byteSize',
  'caseWithExpression',
  'countDigits',
  'currentDatabase',
  'currentUser',
  'digits',
  'finalizeAggregation',
  'formatReadableDecimalSize',
  'formatReadableQuantity',
  'formatReadableSize',
  'formatReadableTimeDelta',
  'getSubcolumn',
  'identity',
  'ignore',
  'isConstant',
  'materialize',
  'minSampleSizeContinuous',
  'minSampleSizeConversion',
  'parseReadableSize',
  'parseReadableSizeOrNull',
  'parseReadableSizeOrZero',
  'parseTimeDelta',
  'rowNumberInAllBlocks',
  'runningDifference',
  'seriesDecomposeSTL',
  'seriesOutliersDetectTukey',
  'seriesPeriodDetectFFT',
  'toTypeName',
  'transform',
  'variantElement',
  'variantType',
  'version',
  'visibleWidth',
]);

/** Of allowed categories, those that do more than compute: they tell of the program, fail at will, or write in a chosen format. */
const refusedStill: ReadonlySet<string> = new Set([
  'aggThrow',
  'chdb',
  'flameGraph',
  'groupFormat',
  'initializeAggregation',
]);

/** Parts of the language that are functions in the tree and not in ClickHouse's list of them. */
const ofTheLanguage: readonly string[] = ['lambda', 'exists', 'grouping'];

const rowSchema = z.object({
  name: z.string(),
  alias: z.string(),
  aggregate: z.number(),
  anyCase: z.number(),
  categories: z.string(),
});
type Row = z.output<typeof rowSchema>;

/** From the answers to the two queries above. */
export function functionsOf(functions: readonly unknown[], combinators: readonly unknown[]): Functions {
  const rows = z.array(rowSchema).parse(functions);
  const suffixes = z
    .array(z.object({ name: z.string() }))
    .parse(combinators)
    .map(({ name }) => name);
  const byName = new Map(rows.map((row) => [row.name, row]));
  const permitted = rows.filter((row) => isAllowed(byName.get(row.alias) ?? row));
  const exact = new Set([...permitted.map(({ name }) => name), ...ofTheLanguage]);
  const anyCase = new Set(permitted.filter((row) => row.anyCase === 1).map(({ name }) => name.toLowerCase()));
  const aggregates = new Set(permitted.filter((row) => row.aggregate === 1).map(({ name }) => name.toLowerCase()));
  const known = (name: string) => exact.has(name) || anyCase.has(name.toLowerCase());
  const refused = new Set(
    rows
      .map(({ name }) => name)
      .filter((name) => !known(name))
      .map((name) => name.toLowerCase()),
  );

  /** `sumIf`, `quantilesArrayIf`: an aggregate with what may be hung on it. */
  const combined = (name: string): boolean =>
    suffixes.some((suffix) => {
      if (!name.endsWith(suffix) || name.length === suffix.length) return false;
      const base = name.slice(0, -suffix.length);
      return aggregates.has(base.toLowerCase()) || combined(base);
    });

  return {
    allows: (name) => known(name) || combined(name),
    forbids: (name) => refused.has(name.toLowerCase()),
  };
}

function isAllowed({ name, categories }: Row): boolean {
  if (refusedStill.has(name)) return false;
  if (allowedBesides.has(name)) return true;
  const all = categories.split(',').map((category) => category.trim());
  return all.every((category) => allowedCategories.has(category));
}
