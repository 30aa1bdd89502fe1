import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { tableNames, viewNames } from '../../src/store/store.ts';
import { openTwoOrganisations, secret } from './two-organisations.ts';

let here: Awaited<ReturnType<typeof openTwoOrganisations>>;

beforeAll(async () => {
  here = await openTwoOrganisations();
});

afterAll(() => here.close());

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
    ["SELECT arrayReduce('sum', [1, 2]), arrayReduce('quantileIf(0.5)', [1, 2, 9], [1, 1, 0])", '3\t1.5'],
    ['SELECT sumMerge(state) FROM (SELECT sumState(toUInt64(2)) AS state)', '2'],
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
    expect(await here.answerTo(sql)).toBe(expected);
  });

  it('shows the tables and what their columns mean', async () => {
    expect((await here.answerTo('SHOW TABLES')).split('\n').sort()).toEqual([...tableNames, ...viewNames].sort());
    expect(await here.answerTo('DESCRIBE TABLE weir.events')).toContain(
      'Message id: the same thing told twice has the same',
    );
  });

  it('puts values into a statement, whatever they hold', async () => {
    const params = { text: "it's \\t \\\\ '; DROP", list: "['a\\'b', 'c']", none: '\\N', table: 'events' };
    expect(await here.answerTo("SELECT {text:String} = 'it\\'s \\t \\\\ \\'; DROP'", { params })).toBe('1');
    expect(
      await here.answerTo('SELECT length({list:Array(String)}), isNull({none:Nullable(String)})', { params }),
    ).toBe('2\t1');
    expect(await here.answerTo('SELECT count() FROM {table:Identifier}', { params })).toBe('50');
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
    expect(await here.ask(sql, { settings })).toMatchObject({ kind: 'refused', code: 497 });
    expect(await here.answerTo('SELECT count() AS n FROM events FORMAT JSONEachRow', { settings })).toBe('{"n":"50"}');
  });

  const answered = async (sql: string) => {
    const answer = await here.ask(sql);
    if (answer.kind === 'refused') throw new Error(answer.message);
    return answer;
  };
});

describe('another organisation’s rows', () => {
  /** Whatever it is answered, or told as an error, holds nothing of theirs. */
  async function expectNothingOfTheirs(sql: string): Promise<void> {
    const answer = await here.ask(sql);
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
    'SELECT title FROM alerts UNION ALL SELECT title FROM insights UNION ALL SELECT goal FROM tasks UNION ALL SELECT why FROM audit UNION ALL SELECT detail FROM dead_letters',
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
