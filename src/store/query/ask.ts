import { z } from 'zod';
import { WeirError } from '../../core/errors.ts';
import { QueryError, textForm } from '../../core/query.ts';
import {
  catalogColumns,
  type Answer,
  type Asking,
  type QueryLimits,
  type QueryParams,
  type Question,
  type Reading,
  type Store,
} from '../store.ts';
import { formatOf, mediaTypeOf } from './formats.ts';
import { combinatorsQuery, functionsOf, functionsQuery } from './functions.ts';
import { inspect, type Rules } from './inspect.ts';
import { settingsOf } from './settings.ts';
import { parseTree } from './tree.ts';

export interface AskingDeps {
  readonly store: Pick<Store, 'open' | 'inquire'>;
  readonly limits: QueryLimits & { readonly maxConcurrent: number };
}

/** Longest statement, in characters. */
export const sqlMaxLength = 64 * 1024;

/** Rows of a tree: more than a statement of that length can have. The answer's own limit does not count for it. */
const treeNodesMax = 200_000;

/** What it has to know of the ClickHouse at hand it learns from itself, at the first question. */
export function createAsking(deps: AskingDeps): Asking {
  const { limits } = deps;
  let rules: Promise<Rules> | undefined;
  let running = 0;

  const learnt = () => {
    rules ??= learn(deps).catch((error: unknown) => {
      rules = undefined;
      throw error;
    });
    return rules;
  };

  const within = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= limits.maxConcurrent) {
      throw new WeirError('too-many', `More than ${limits.maxConcurrent} questions at once.`, { retryAfterS: 1 });
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
    }
  };

  return {
    running: () => running,
    ask: async (question) => {
      try {
        return await within(async () => answer(deps, await learnt(), question));
      } catch (error) {
        if (!(error instanceof QueryError)) throw error;
        return { kind: 'refused', code: error.code, type: error.type, message: error.message };
      }
    },
  };
}

async function answer({ store, limits }: AskingDeps, rules: Rules, question: Question): Promise<Answer> {
  const { org, sql, params } = question;
  if (sql.length > sqlMaxLength) {
    throw new QueryError(62, 'SYNTAX_ERROR', `The statement is longer than ${sqlMaxLength} characters.`);
  }
  const settings = { org, limits, output: settingsOf(question.settings) };
  const { written, named } = await using(
    await store.open({ ...settings, limits: { ...limits, maxRows: treeNodesMax } }),
    async (reading) => {
      const written = withoutShow(await normalise(reading, sql));
      return { written, named: await pass(reading, written, params, rules) };
    },
  );
  const format = formatOf(named ?? question.format);
  const bare = named === undefined ? written : written.replace(/ FORMAT `?\w+`?$/, '');
  const body = await using(await store.open(settings), (reading) => reading.run(bare, format, params));
  return { kind: 'answered', body, format, mediaType: mediaTypeOf(format) };
}

async function using<T>(reading: Reading, use: (reading: Reading) => Promise<T>): Promise<T> {
  try {
    return await use(reading);
  } finally {
    await reading.close();
  }
}

/**
 * The first wall: the statement, taken as data, written anew by ClickHouse, which executes nothing, refuses two in one and leaves
 * comments out. The text as it came is never run.
 */
async function normalise(reading: Reading, sql: string): Promise<string> {
  try {
    const q = textForm(sql);
    const written = await reading.run('SELECT formatQuerySingleLine({q:String})', 'JSONCompactEachRow', { q });
    return normalised.parse(JSON.parse(written.toString()))[0];
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    // What it was asked within is nobody's statement but ours.
    const said = error.message.replace(/: (?:In scope|while executing) .*$/is, '.');
    throw new QueryError(error.code, error.type, said, { cause: error });
  }
}

const normalised = z.tuple([z.string()]);

/** The second wall: the tree of what was written, read by `inspect`. Answers with the format the statement names. */
async function pass(reading: Reading, written: string, params: QueryParams, rules: Rules): Promise<string | undefined> {
  const tree = parseTree((await reading.run(`EXPLAIN AST ${written}`, 'TSVRaw', params)).toString());
  if (!tree) throw new QueryError(62, 'SYNTAX_ERROR', 'The statement uses names that cannot be told apart.');
  const verdict = inspect(written, tree, rules);
  if (verdict.kind === 'refused') throw new QueryError(verdict.code, verdict.type, verdict.detail);
  return verdict.format;
}

/** `SHOW TABLES` and `SHOW DATABASES`, with which tools begin, as the SELECT they stand for. */
function withoutShow(written: string): string {
  if (/^SHOW DATABASES( FORMAT \w+)?$/.test(written)) {
    return written.replace('SHOW DATABASES', 'SELECT name FROM system.databases ORDER BY name');
  }
  return written.replace(
    /^SHOW TABLES(?: (?:FROM|IN) `?(?:weir|default)`?)?(?= FORMAT \w+$|$)/,
    'SELECT name FROM system.tables ORDER BY name',
  );
}

const columnRows = z.array(z.object({ name: z.string() }));

async function learn({ store }: AskingDeps): Promise<Rules> {
  const tables = Object.keys(catalogColumns);
  const list = tables.map((table) => `'${table}'`).join(', ');
  const [functions, combinators, columns] = await Promise.all([
    store.inquire(functionsQuery),
    store.inquire(combinatorsQuery),
    store.inquire(`SELECT DISTINCT name FROM system.columns WHERE database = 'system' AND table IN (${list})`),
  ]);
  const shown = new Set(Object.values(catalogColumns).flat());
  return {
    functions: functionsOf(functions, combinators),
    catalog: new Set(tables.map((table) => `system.${table}`)),
    hiddenColumns: new Set(columnRows.parse(columns).flatMap(({ name }) => (shown.has(name) ? [] : name))),
  };
}
