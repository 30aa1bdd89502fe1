import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { all, not, one, seq, type Timed } from '../../src/pipeline/operators/pattern.ts';
import { spawnClickHouse, type ClickHouseProcess } from '../support/clickhouse.ts';
import { came, minuteMs, start } from '../support/operators.ts';
import { found, type Letter } from '../support/patterns.ts';

let clickhouse: ClickHouseProcess;
beforeAll(async () => {
  clickhouse = await spawnClickHouse();
});
afterAll(() => clickhouse.stop());

/** Two hundred streams; of two events at one time ClickHouse does not say which it takes first, so there are none. */
const streams = fc.sample(
  fc.uniqueArray(
    fc.record({ minute: fc.integer({ min: 0, max: 60 }), kind: fc.constantFrom<Letter>('a', 'b', 'c', 'd') }),
    {
      selector: ({ minute }) => minute,
      minLength: 2,
      maxLength: 14,
    },
  ),
  { numRuns: 200, seed: 11 },
);

const ever = '1d';
const matches = (pattern: Timed<Letter>): readonly number[] =>
  streams.map((stream) => {
    const inOrder = stream.toSorted((a, b) => a.minute - b.minute);
    return found(
      pattern,
      inOrder.map(({ minute, kind }) => came(minute, kind)),
    ).length;
  });
const isFound = (pattern: Timed<Letter>): readonly number[] => matches(pattern).map((count) => Math.min(count, 1));

/** The expression's value for each stream, over `t` and `k`. */
async function ask(expression: string): Promise<readonly number[]> {
  const rows = streams.flatMap((stream, s) =>
    stream.map(({ minute, kind }) => `(${s},${(start + minute * minuteMs) / 1_000},'${kind}')`),
  );
  const response = await fetch(`http://127.0.0.1:${clickhouse.port}/`, {
    method: 'POST',
    body: `SELECT ${expression} FROM (
      SELECT s, toDateTime(t) AS t, k FROM values('s UInt32, t UInt32, k String', ${rows.join()})
    ) GROUP BY s ORDER BY s`,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.trim().split('\n').map(Number);
}

const abc = `t, k = 'a', k = 'b', k = 'c'`;

test.each<[string, string, readonly [string, Timed<Letter>]]>([
  ['one after another', `sequenceMatch('(?1).*(?2)')(${abc})`, ['found', seq('a', 'b').within(ever)]],
  ['in time', `sequenceMatch('(?1)(?t<=600)(?2)')(${abc})`, ['found', seq('a', 'b').within('10m')]],
  ['three in a row', `sequenceMatch('(?1).*(?2).*(?3)')(${abc})`, ['found', seq('a', 'b', 'c').within(ever)]],
  ['twice the same', `sequenceMatch('(?1).*(?1).*(?2)')(${abc})`, ['found', seq(one('a').times(2), 'b').within(ever)]],
  [
    'with nothing of a kind between',
    `sequenceMatch('(?1)(?3)')(${abc})`,
    ['found', seq('a', not('b'), 'c').within(ever)],
  ],
  ['how often', `sequenceCount('(?1).*(?2)')(${abc})`, ['counted', seq('a', 'b').within(ever)]],
  ['how often in time', `sequenceCount('(?1)(?t<=600)(?2)')(${abc})`, ['counted', seq('a', 'b').within('10m')]],
  ['how often three', `sequenceCount('(?1).*(?2).*(?3)')(${abc})`, ['counted', seq('a', 'b', 'c').within(ever)]],
  ['both, in any order', `retention(k = 'a', k = 'b')[2]`, ['found', all('a', 'b').within(ever)]],
])('ClickHouse finds the same: %s', async (_, expression, [how, pattern]) => {
  const expected = await ask(expression);
  // Neither everywhere nor nowhere: the streams can tell a wrong answer from a right one.
  expect(expected.some((value) => value > 0)).toBe(true);
  expect(expected.some((value) => value === 0)).toBe(true);
  expect(how === 'found' ? isFound(pattern) : matches(pattern)).toEqual(expected);
});

test.each(['5m', '10m', '30m'] as const)('ClickHouse’s funnel gets as far within %s', async (within) => {
  const seconds = Number(within.slice(0, -1)) * 60;
  const expected = await ask(`windowFunnel(${seconds})(t, k = 'a', k = 'b', k = 'c')`);
  const levels = [
    one<Letter>('a').within(within),
    seq<Letter>('a', 'b').within(within),
    seq<Letter>('a', 'b', 'c').within(within),
  ];
  const reached = levels.map(isFound);
  expect(new Set(expected)).toEqual(new Set([0, 1, 2, 3]));
  expect(streams.map((_, index) => reached.reduce((sum, level) => sum + (level[index] ?? 0), 0))).toEqual(expected);
});
