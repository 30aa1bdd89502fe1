import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { catalogColumns, tableNames, viewNames, type Asking, type Store } from '../../src/store/store.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import { functionsOf, functionsQuery, combinatorsQuery } from '../../src/store/query/functions.ts';
import { anEvent, anInsight, aLetter, aScore, aTransition, openTestStore, testLimits } from '../support/store.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

let store: Store;
let path: string;
let close: () => Promise<void>;
let asking: Asking;

const secret = 'globex-secret';

beforeAll(async () => {
  ({ store, path, close } = await openTestStore());
  asking = createAsking({ store, limits: testLimits });
  for (const [org, word] of [
    ['acme', 'own'],
    ['globex', secret],
  ] as const) {
    // Many rows in one part: an organisation is not told apart by whole parts or granules.
    const events = Array.from({ length: 50 }, (_, index) => ({
      ...anEvent({ id: `${word}-${index}`, org, type: word, entity: `account:${word}`, data: { word, index } }),
      storedAt: 1_700_000_000_000,
    }));
    const { alert, ...happened } = aTransition({ alert: { org, id: word, title: word, entity: `account:${word}` } });
    await insert('scores', [{ ...aScore({ id: word, org, entity: `account:${word}` }), storedAt: 1 }]);
    await insert('insights', [{ ...anInsight({ id: word, org, title: word }), storedAt: 1 }]);
    await insert('alerts', [{ ...alert, storedAt: 1 }]);
    await insert('alert_transitions', [{ ...alert, ...happened, storedAt: 1 }]);
    await insert('dead_letters', [{ ...aLetter({ id: word, org, detail: word }), storedAt: 1 }]);
    rows.push(...events);
  }
  await insert('events', rows);
});
afterAll(() => close());

const rows: object[] = [];
async function insert(table: (typeof tableNames)[number], lines: readonly object[]): Promise<void> {
  const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(await store.insert(table, bytes)).toEqual({ kind: 'stored' });
}

const ask = (sql: string, more: { params?: Record<string, string>; settings?: Record<string, string> } = {}) =>
  asking.ask({ org: 'acme', sql, format: 'TSV', params: {}, settings: {}, ...more });

async function answerTo(sql: string, more = {}): Promise<string> {
  const answer = await ask(sql, more);
  if (answer.kind === 'refused') throw new Error(`${sql} was refused: ${answer.message}`);
  return answer.body.toString().trim();
}

describe('what is answered', () => {
  it.each([
    ['select 1 as x -- a comment', '1'],
    ['SELECT count(*) FROM weir.events e', '50'],
    ['SELECT DISTINCT org FROM events', 'acme'],
    ['WITH mine AS (SELECT * FROM events) SELECT count() FROM mine', '50'],
    ['WITH [1, 2] AS xs SELECT 1 IN xs', '1'],
    ['WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) FROM t', '6'],
    ['SELECT count() FROM events a JOIN scores b ON a.entity = b.entity', '50'],
    ["SELECT countIf(type = 'own'), quantilesExactIf(0.5)(1, 1), uniqExact(org) FROM events", '50\t[1]\t1'],
    ['SELECT max(n) FROM (SELECT row_number() OVER (PARTITION BY entity ORDER BY time) AS n FROM events)', '50'],
    ["SELECT sum(JSONExtractInt(data, 'index')) FROM events", '1225'],
    ["SELECT CASE WHEN 1 THEN 'a' ELSE 'b' END, CAST('1' AS Int8), '2'::Int8, [1, 2][1], (3, 4).2", 'a\t1\t2\t1\t4'],
    ['SELECT arrayMap(x -> x + 1, [1, 2])', '[2,3]'],
    ['SELECT * EXCEPT (data, storedAt) REPLACE (1 AS id) FROM events LIMIT 0', ''],
    ["SELECT COLUMNS('^or') FROM alerts", 'acme'],
    ['SELECT 1 UNION ALL SELECT 1', '1\n1'],
    ['(SELECT 1) INTERSECT (SELECT 1)', '1'],
    ['SELECT number FROM numbers(2)', '0\n1'],
    ['SELECT grouping(org), count() FROM alerts GROUP BY GROUPING SETS ((org)) ', '0\t1'],
    ['SELECT 1 WHERE EXISTS (SELECT 1 FROM events)', '1'],
    ["SELECT 'PREWHERE; DROP TABLE x' AS `a b`", 'PREWHERE; DROP TABLE x'],
    ['SELECT contributions.name FROM scores', "['support']"],
    ['SELECT entity FROM entity_health', 'account:own'],
    ['SELECT alerts FROM alert_noise', '1'],
    ['SELECT count() FROM mtta', '1'],
    ['SELECT origin FROM source_freshness', 'stripe'],
    ['SELECT currentDatabase()', 'weir'],
    ['SELECT COUNT(*), LOWER(max(org)) FROM events', '50\tacme'],
    ['SHOW DATABASES', 'weir'],
    ["SELECT database, name FROM system.tables WHERE name = 'events'", 'weir\tevents'],
    ["SELECT type FROM system.columns WHERE table = 'events' AND name = 'id'", 'String'],
  ])('%s', async (sql, expected) => {
    expect(await answerTo(sql)).toBe(expected);
  });

  it('shows the tables and what their columns mean', async () => {
    expect((await answerTo('SHOW TABLES')).split('\n').sort()).toEqual([...tableNames, ...viewNames].sort());
    expect(await answerTo('DESCRIBE TABLE weir.events')).toContain(
      'Message id: the same thing told twice has the same',
    );
  });

  it('puts values into a statement, whatever they hold', async () => {
    const params = { text: "it's \\t \\\\ '; DROP", list: "['a\\'b', 'c']", none: '\\N', table: 'events' };
    expect(await answerTo("SELECT {text:String} = 'it\\'s \\t \\\\ \\'; DROP'", { params })).toBe('1');
    expect(await answerTo('SELECT length({list:Array(String)}), isNull({none:Nullable(String)})', { params })).toBe(
      '2\t1',
    );
    expect(await answerTo('SELECT count() FROM {table:Identifier}', { params })).toBe('50');
  });

  it('answers in the format the statement names, else in the one asked for', async () => {
    const { body } = await answered('SELECT 1 AS a FORMAT JSONEachRow');
    expect(body.toString()).toBe('{"a":1}\n');
    expect(await answered('SELECT 1 AS a')).toMatchObject({ format: 'TSV' });
    expect((await answered('SELECT 1::UInt8 FORMAT RowBinary')).body).toEqual(Buffer.from([1]));
  });

  it('takes settings of how an answer is written, and passes over what tools send of themselves', async () => {
    const settings = {
      output_format_json_quote_64bit_integers: '1',
      max_execution_time: '9999',
      session_id: 'x',
      readonly: '0',
    };
    const sql = "SELECT count() AS n, getSettingOrDefault('readonly', 9) FROM events FORMAT JSONEachRow";
    expect(await ask(sql, { settings })).toMatchObject({ kind: 'refused', code: 497 });
    expect(await answerTo('SELECT count() AS n FROM events FORMAT JSONEachRow', { settings })).toBe('{"n":"50"}');
  });

  const answered = async (sql: string) => {
    const answer = await ask(sql);
    if (answer.kind === 'refused') throw new Error(answer.message);
    return answer;
  };
});

describe('what is refused', () => {
  const outside = () => join(path, '..', 'weir-outfile-test');

  it.each([
    // Named in the design as not refused by ClickHouse's own access control.
    "SELECT file('/etc/passwd')",
    "SELECT FILE('/etc/passwd')",
    'SET ROLE weir_writer',
    'SET ROLE NONE',
    'SELECT 1; DROP TABLE weir.events',
    'SELECT 1; SELECT 2',
    'SELECT 1;;SELECT 2',
    "SELECT * FROM merge('weir', '.*')",
    "SELECT * FROM mergeTreeIndex('weir', 'events')",
    "SELECT * FROM mergeTreeProjection('weir', 'events', 'x')",
    // Functions by another way than a call.
    "SELECT arrayMap(file, ['/etc/passwd'])",
    "SELECT * APPLY (file) FROM (SELECT '/etc/passwd' AS x)",
    "SELECT COLUMNS('x') APPLY (x -> file(x)) FROM (SELECT '/etc/passwd' AS x)",
    "SELECT * REPLACE (file('/etc/passwd') AS id) FROM events",
    "WITH file AS f SELECT arrayMap(f, ['/etc/passwd'])",
    "WITH x -> file(x) AS f SELECT arrayMap(f, ['/etc/passwd'])",
    "SELECT number FROM numbers(3) ORDER BY number WITH FILL FROM length(file('/etc/passwd')) TO 9",
    "SELECT 1 AS a ORDER BY a WITH FILL INTERPOLATE (a AS file('/etc/passwd'))",
    "SELECT 1 LIMIT length(file('/etc/passwd'))",
    "SELECT `file`('/etc/passwd')",
    "SELECT arrayReduce('initializeAggregation', [file('/etc/passwd')])",
    "SELECT sum(1) OVER (ORDER BY file('/etc/passwd'))",
    "SELECT 1 FROM events JOIN scores ON events.id = file('/etc/passwd')",
    "SELECT dictGet('a', 'b', 1)",
    "SELECT joinGet('a', 'b', 1)",
    "SELECT getSetting('additional_table_filters')",
    "SELECT getServerSetting('path')",
    'SELECT hostName()',
    'SELECT FQDN()',
    'SELECT sleep(3)',
    'SELECT sleepEachRow(1) FROM numbers(3)',
    "SELECT logTrace('x')",
    'SELECT throwIf(1)',
    "SELECT aiGenerate('x')",
    "SELECT hasColumnInTable('weir', 'events', 'id')",
    'SELECT filesystemAvailable()',
    'SELECT evalMLMethod(1)',
    "SELECT catboostEvaluate('/etc/passwd', 1)",
    "SELECT initializeAggregation('sum', 1)",
    'SELECT chdb()',
    // Tables that are none of ours.
    'SELECT * FROM system.parts',
    'SELECT * FROM system.query_log',
    'SELECT * FROM system.functions',
    'SELECT * FROM system.tables',
    'SELECT t.* FROM system.tables t',
    'SELECT total_rows FROM system.tables',
    'SELECT t.total_bytes FROM system.tables AS t',
    "SELECT COLUMNS('total') FROM system.tables",
    'SELECT 1 AS total_rows, t.total_rows FROM system.tables t',
    'SELECT data_compressed_bytes FROM system.columns',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM weir.schema_migrations',
    'SELECT * FROM schema_migrations',
    'SELECT 1 IN schema_migrations',
    'SELECT 1 IN system.numbers',
    'SELECT * FROM `.inner`.x',
    'SELECT * FROM default.events',
    'DESCRIBE TABLE system.parts',
    "DESCRIBE TABLE file('/etc/passwd', LineAsString)",
    'DESCRIBE (SELECT 1)',
    // Table functions.
    "SELECT * FROM file('/etc/passwd', LineAsString)",
    "SELECT * FROM url('http://127.0.0.1/', LineAsString)",
    "SELECT * FROM s3('http://127.0.0.1/x', 'CSV')",
    "SELECT * FROM remote('127.0.0.1', weir.events)",
    "SELECT * FROM cluster('default', weir.events)",
    "SELECT * FROM executable('sh', TSV, 'a Int8')",
    "SELECT * FROM mysql('h', 'd', 't', 'u', 'p')",
    'SELECT * FROM view(SELECT 1)',
    'SELECT * FROM (EXPLAIN AST SELECT 1)',
    'SELECT * FROM loop(weir.events)',
    "SELECT * FROM dictionary('x')",
    "SELECT * FROM input('a Int8')",
    "SELECT * FROM null('a Int8')",
    "SELECT 1 IN (SELECT * FROM file('/etc/passwd', LineAsString))",
    // Not one SELECT.
    'DROP TABLE weir.events',
    'INSERT INTO weir.events (id) VALUES (1)',
    "INSERT INTO FUNCTION file('x') SELECT 1",
    'CREATE TABLE weir.x (a Int8) ENGINE = Memory',
    'CREATE TEMPORARY TABLE x AS SELECT 1',
    'ALTER TABLE weir.events DELETE WHERE 1',
    'TRUNCATE TABLE weir.events',
    'SET final = 0',
    'SET readonly = 0',
    'USE system',
    'EXPLAIN SELECT 1',
    'EXPLAIN AST SELECT 1',
    'SHOW GRANTS',
    'SHOW CREATE TABLE weir.events',
    'SHOW TABLES FROM system',
    'KILL QUERY WHERE 1',
    'SYSTEM SHUTDOWN',
    'GRANT weir_writer TO default',
    'BACKUP TABLE weir.events TO Disk(x, y)',
    'SELECT 1 PARALLEL WITH SELECT 2',
    'OPTIMIZE TABLE weir.events FINAL',
    // Settings.
    'SELECT 1 SETTINGS final = 0',
    'SELECT * FROM events SETTINGS additional_table_filters = {}',
    'SELECT * FROM (SELECT * FROM events SETTINGS final = 0)',
    'SELECT * FROM events PREWHERE toUInt64(type) > 0',
    'SELECT * FROM (SELECT id FROM events prewhere 1)',
    'SELECT * FROM events SAMPLE 1 / 2',
    // Names that look like something else.
    'SELECT 1 AS `a\\nFunction count`',
    'SELECT * FROM `weir.events`.`x`',
    'SELECT 1 AS `x) (children 2`, 2',
    'SELECT 1 FORMAT Template',
    'SELECT 1 FORMAT CapnProto',
    'SELECT',
    '',
    '--',
    "SELECT 'unfinished",
  ])('%s', async (sql) => {
    expect(await ask(sql)).toMatchObject({
      kind: 'refused',
      code: expect.any(Number),
      type: expect.stringMatching(/^[A-Z_]+$/),
    });
  });

  it('INTO OUTFILE, and no file is written', async () => {
    expect(await ask(`SELECT 1 INTO OUTFILE '${outside()}'`)).toMatchObject({ kind: 'refused', code: 164 });
    expect(await ask(`SELECT 1 INTO OUTFILE '${outside()}' FORMAT CSV`)).toMatchObject({ kind: 'refused', code: 164 });
    expect(existsSync(outside())).toBe(false);
  });

  it('a table or function named by a value', async () => {
    expect(await ask('SELECT * FROM {t:Identifier}', { params: { t: 'schema_migrations' } })).toMatchObject({
      kind: 'refused',
    });
    const params = { f: 'file' };
    expect(await ask("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])", { params })).toMatchObject({
      kind: 'refused',
    });
    expect(await ask("SELECT {f:Identifier}('/etc/passwd')", { params })).toMatchObject({ kind: 'refused' });
    expect(await ask('SELECT 1', { params: { 'x=1; SET readonly': '0' } })).toMatchObject({
      kind: 'refused',
      code: 36,
    });
  });

  it('settings that would change an answer and are not taken', async () => {
    expect(await ask('SELECT 1', { settings: { final: '0' } })).toMatchObject({ kind: 'refused', code: 115 });
    expect(await ask('SELECT 1', { settings: { additional_table_filters: '{}' } })).toMatchObject({ code: 115 });
    expect(await ask('SELECT 1', { settings: { session_timezone: "UTC', readonly = '0" } })).toMatchObject({
      code: 115,
    });
  });

  it('what takes too long, too much or too many rows', async () => {
    const small = createAsking({
      store,
      limits: { ...testLimits, maxTimeMs: 1_000, maxMemoryBytes: 4e6, maxRows: 10 },
    });
    const asked = (sql: string) => small.ask({ org: 'acme', sql, format: 'TSV', params: {}, settings: {} });
    expect(await asked('SELECT sum(cityHash64(number)) FROM numbers(1000000000000)')).toMatchObject({ code: 159 });
    expect(await asked('SELECT groupUniqArray(toString(number)) FROM numbers(10000000)')).toMatchObject({ code: 241 });
    expect(await asked('SELECT number FROM numbers(11)')).toMatchObject({ code: 396 });
    expect(await asked(`SELECT '${'x'.repeat(70_000)}'`)).toMatchObject({ code: 62 });
  });

  it('more questions at once than the limit', async () => {
    const narrow = createAsking({ store, limits: { ...testLimits, maxConcurrent: 1 } });
    const one = () => narrow.ask({ org: 'acme', sql: 'SELECT 1', format: 'TSV', params: {}, settings: {} });
    const [first, second] = await Promise.allSettled([one(), one()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'too-many' } });
  });

  it('not a column of ours for being named like a function that is', async () => {
    const functions = functionsOf(await store.inquire(functionsQuery), await store.inquire(combinatorsQuery));
    const columns = await store.inquire("SELECT DISTINCT name FROM system.columns WHERE database = 'weir'");
    const names = columns.map((column) =>
      column !== null && typeof column === 'object' && 'name' in column ? String(column.name) : '',
    );
    expect(names.length).toBeGreaterThan(50);
    expect([...names, ...Object.values(catalogColumns).flat()].filter((name) => functions.forbids(name))).toEqual([]);
  });
});

describe('another organisation’s rows', () => {
  /** Whatever it is answered, or told as an error, holds nothing of theirs. */
  async function expectNothingOfTheirs(sql: string): Promise<void> {
    const answer = await ask(sql);
    const told = answer.kind === 'answered' ? answer.body.toString() : answer.message;
    expect(told, sql).not.toContain(secret);
    expect(told, sql).not.toMatch(/\b100\b/);
  }

  it.each([
    "SELECT count() FROM events WHERE org = 'globex'",
    "SELECT * FROM events WHERE org = 'globex' OR 1",
    'SELECT max(type), min(type), any(type), count() FROM events',
    'SELECT DISTINCT entity FROM events',
    "SELECT 'globex' IN (SELECT org FROM events)",
    "SELECT type FROM events WHERE toUInt64(JSONExtractString(data, 'word')) > 0",
    'SELECT toUInt64(type) FROM events',
    "SELECT count() FROM events WHERE toDate(type) = today() AND org != 'acme'",
    'SELECT a.type FROM events a FULL JOIN alerts b ON a.org = b.org',
    'SELECT * FROM events AS schema_migrations',
    "WITH events AS (SELECT 'x' AS type) SELECT * FROM events",
    'SELECT * FROM (SELECT * FROM alerts) AS events',
    'SELECT title FROM alerts UNION ALL SELECT title FROM insights UNION ALL SELECT detail FROM dead_letters',
    'SELECT (SELECT groupUniqArray(entity) FROM scores), (SELECT groupUniqArray(title) FROM alert_transitions)',
    'SELECT * FROM entity_health',
    'SELECT org, alerts FROM alert_noise',
    'SELECT * FROM mtta',
    'SELECT * FROM source_freshness',
    'SELECT * FROM entity_health h JOIN weir.events e USING (entity)',
    'SELECT _part, _part_offset, _partition_id, type FROM events',
    'SELECT entity FROM events FINAL LIMIT 1 BY entity',
    'SELECT count() FROM events GROUP BY entity WITH TOTALS',
  ])('%s', expectNothingOfTheirs);

  it('are not seen by any combination of what is allowed', async () => {
    const table = fc.constantFrom(...tableNames, ...viewNames).map((name) => `weir.${name}`);
    const column = fc.constantFrom(
      'org',
      'entity',
      'count()',
      'max(org)',
      '*',
      'uniqExact(entity)',
      'groupUniqArray(org)',
    );
    const condition = fc.constantFrom(
      '1',
      "org = 'globex'",
      "org != 'acme'",
      "entity LIKE '%secret%'",
      'toUInt64OrZero(org) = 0',
    );
    const { query } = fc.letrec<{ query: string }>((tie) => ({
      query: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc
          .tuple(column, table, condition)
          .map(([c, t, w]) => `SELECT ${c} FROM ${t} WHERE ${w}${c === 'org' ? ' GROUP BY org' : ''}`),
        fc
          .tuple(tie('query'), tie('query'))
          .map(([a, b]) => `SELECT * FROM (${a}) AS a CROSS JOIN (${b}) AS b LIMIT 50`),
        fc.tuple(tie('query'), table).map(([a, t]) => `WITH x AS (${a}) SELECT org, (SELECT count() FROM x) FROM ${t}`),
        fc.tuple(table, table).map(([a, b]) => `SELECT a.org FROM ${a} AS a LEFT JOIN ${b} AS b ON a.org != b.org`),
        fc
          .tuple(table, tie('query'))
          .map(
            ([t, q]) =>
              `SELECT count() FROM ${t} WHERE org IN (SELECT 'globex' UNION ALL SELECT org FROM ${t}) OR exists((${q}))`,
          ),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(query, async (sql) => expectNothingOfTheirs(sql)),
      { numRuns: 120 },
    );
  }, 120_000);
});
