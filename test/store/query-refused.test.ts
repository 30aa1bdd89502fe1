import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogColumns } from '../../src/store/store.ts';
import { createAsking } from '../../src/store/query/ask.ts';
import { functionsOf, functionsQuery, combinatorsQuery } from '../../src/store/query/functions.ts';
import { testLimits } from '../support/store.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openTwoOrganisations } from './two-organisations.ts';

let here: Awaited<ReturnType<typeof openTwoOrganisations>>;

beforeAll(async () => {
  here = await openTwoOrganisations();
});

afterAll(() => here.close());

describe('what is refused', () => {
  const outside = () => join(here.path, '..', 'weir-outfile-test');

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
    // Aggregates by their names as text, and states of them, which ClickHouse reads without looking.
    "SELECT arrayReduce('groupFormat(''CSV'')', [1])",
    "SELECT arrayReduce('groupFormatState(''CSV'')', [1])",
    "SELECT arrayReduce('flameGraph', [[1::UInt64]])",
    "SELECT arrayReduce(concat('group', 'Format(''CSV'')'), [1])",
    "WITH 'groupFormat(''CSV'')' AS f SELECT arrayReduce(f, [1])",
    "SELECT arrayReduceInRanges('groupFormat(''CSV'')', [(1, 1)], [1])",
    "SELECT CAST(unhex('00'), 'AggregateFunction(count)')",
    'SELECT char(0)::AggregateFunction(count)',
    "SELECT CAST(unhex('00'), concat('Aggregate', 'Function(count)'))",
    "SELECT accurateCast(unhex('00'), 'AggregateFunction(count)')",
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
    expect(await here.ask(sql)).toMatchObject({
      kind: 'refused',
      code: expect.any(Number),
      type: expect.stringMatching(/^[A-Z_]+$/),
    });
  });

  it('in words about the statement that was sent', async () => {
    const said = async (sql: string) => {
      const answer = await here.ask(sql);
      return answer.kind === 'refused' ? answer.message : '';
    };
    expect(await said('SELEC 1')).toMatch(/^Syntax error: failed at position 7/);
    expect(await said('SELEC 1')).not.toContain('formatQuerySingleLine');
    expect(await said('SELECT * FROM event')).toBe('There is no table event to be seen; did you mean "events"?');
    expect(await said('SELECT * FROM customers')).toBe(
      'There is no table customers to be seen. SHOW TABLES lists those there are.',
    );
  });

  it('INTO OUTFILE, and no file is written', async () => {
    expect(await here.ask(`SELECT 1 INTO OUTFILE '${outside()}'`)).toMatchObject({ kind: 'refused', code: 164 });
    expect(await here.ask(`SELECT 1 INTO OUTFILE '${outside()}' FORMAT CSV`)).toMatchObject({
      kind: 'refused',
      code: 164,
    });
    expect(existsSync(outside())).toBe(false);
  });

  it('a table or function named by a value', async () => {
    expect(await here.ask('SELECT * FROM {t:Identifier}', { params: { t: 'schema_migrations' } })).toMatchObject({
      kind: 'refused',
    });
    const params = { f: 'file' };
    expect(await here.ask("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])", { params })).toMatchObject({
      kind: 'refused',
    });
    expect(await here.ask("SELECT {f:Identifier}('/etc/passwd')", { params })).toMatchObject({ kind: 'refused' });
    expect(await here.ask('SELECT {s:AggregateFunction(count)}', { params: { s: '0' } })).toMatchObject({ code: 497 });
    expect(await here.ask('SELECT 1', { params: { 'x=1; SET readonly': '0' } })).toMatchObject({
      kind: 'refused',
      code: 36,
    });
  });

  it('what holds a NUL, at which the words of the embedded ClickHouse end', async () => {
    expect(await here.ask('SELECT \0')).toMatchObject({ kind: 'refused', code: 62 });
    expect(await here.ask('SELECT {n:UInt8}', { params: { n: 'one\0two' } })).toMatchObject({
      kind: 'refused',
      code: 457,
    });
  });

  it('settings that would change an answer and are not taken', async () => {
    expect(await here.ask('SELECT 1', { settings: { final: '0' } })).toMatchObject({ kind: 'refused', code: 115 });
    expect(await here.ask('SELECT 1', { settings: { additional_table_filters: '{}' } })).toMatchObject({ code: 115 });
    expect(await here.ask('SELECT 1', { settings: { session_timezone: "UTC', readonly = '0" } })).toMatchObject({
      code: 115,
    });
  });

  it('what takes too long, too much or too many rows', async () => {
    const small = createAsking({
      store: here.store,
      limits: { ...testLimits, maxTimeMs: 1_000, maxMemoryBytes: 4e6, maxRows: 10 },
    });
    const asked = (sql: string) => small.ask({ org: 'acme', sql, format: 'TSV', params: {}, settings: {} });
    expect(await asked('SELECT sum(cityHash64(number)) FROM numbers(1000000000000)')).toMatchObject({ code: 159 });
    expect(await asked('SELECT groupUniqArray(toString(number)) FROM numbers(10000000)')).toMatchObject({ code: 241 });
    expect(await asked('SELECT number FROM numbers(11)')).toMatchObject({ code: 396 });
    expect(await asked(`SELECT '${'x'.repeat(70_000)}'`)).toMatchObject({ code: 62 });
  });

  it('more questions at once than the limit', async () => {
    const narrow = createAsking({ store: here.store, limits: { ...testLimits, maxConcurrent: 1 } });
    const one = () => narrow.ask({ org: 'acme', sql: 'SELECT 1', format: 'TSV', params: {}, settings: {} });
    const [first, second] = await Promise.allSettled([one(), one()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'too-many' } });
  });

  it('not a column of ours for being named like a function that is', async () => {
    const functions = functionsOf(await here.store.inquire(functionsQuery), await here.store.inquire(combinatorsQuery));
    const columns = await here.store.inquire("SELECT DISTINCT name FROM system.columns WHERE database = 'weir'");
    const names = columns.map((column) =>
      column !== null && typeof column === 'object' && 'name' in column ? String(column.name) : '',
    );
    expect(names.length).toBeGreaterThan(50);
    expect([...names, ...Object.values(catalogColumns).flat()].filter((name) => functions.forbids(name))).toEqual([]);
  });
});
