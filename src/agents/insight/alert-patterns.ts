import { z } from 'zod';
import { poissonSurprise } from '../../scoring/tails.ts';
import { openings } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { discoveries } from '../shared/statistics.ts';
import { percentOf } from '../shared/telling.ts';

/** Of both rules, over 90 days. */
const openedLeast = 8;
/** Of the openings of the first, how many the second has to follow. */
const shareLeast = 0.3;
const liftLeast = 3;

const row = z.object({
  first: z.string(),
  second: z.string(),
  opened: z.number(),
  other: z.number(),
  followed: z.number(),
  expected: z.number(),
});
type Pair = z.output<typeof row>;

/**
 * Alerts that open within an hour of others. What is to be expected of two that have nothing to do with each other is taken from the rate of the second,
 * and from the same hours of the three weeks before and after: all alerts of a working day go together by that alone.
 */
export const alertPatterns: Capability = async ({ ask }) => {
  const asked = await read(ask(question), row);
  if (asked.rows.length === 0)
    return abstain(`No two rules that opened ${openedLeast} alerts each in the last 90 days.`);
  const likely = discoveries(asked.rows, chanceOf, 0.01).filter(
    (pair) => pair.followed / pair.opened >= shareLeast && liftOf(pair) >= liftLeast,
  );
  const pairs = likely.filter(
    (pair) =>
      !likely.some((other) => other.first === pair.second && other.second === pair.first && isBefore(other, pair)),
  );
  return found(
    ranked(
      pairs.map((pair) => ({
        kind: 'optimisation',
        entity: `rule:${pair.first}`,
        title: `${pair.second} follows ${pair.first} within an hour`,
        detail: `After ${pair.followed} of ${pair.opened} openings; by chance it would be ${pair.expected}.`,
        evidence: [
          asked.evidence(`${pair.second} opened within an hour of ${pair.followed} of ${pair.opened} ${pair.first}`),
        ],
        effect: { name: 'lift', value: Math.round(100 * liftOf(pair)) / 100, unit: 'times what chance gives' },
        confidence: Math.min(0.99, 1 - asked.rows.length * chanceOf(pair)) * (pair.opened / (pair.opened + 1)),
        action: unpriced(
          `Group ${pair.second} under ${pair.first}, and look for the cause there: ${percentOf(pair.followed / pair.other)} of it came so`,
        ),
      })),
    ),
    { pairs },
  );
};

const chanceOf = ({ followed, expected }: Pair): number => 10 ** -poissonSurprise(followed, expected);
const liftOf = ({ followed, expected }: Pair): number => followed / expected;

/** Of the two orders of a pair the one that is seen more often, else by name. */
const isBefore = (a: Pair, b: Pair): boolean =>
  a.followed / a.opened > b.followed / b.opened ||
  (a.followed / a.opened === b.followed / b.opened && a.first < b.first);

/** What repeats within the hour counts once. Openings meet by the hour of the week, so that not all of them are compared with all. */
const question = `WITH ${openings}, rules AS (
  SELECT name, count() AS opened FROM openings GROUP BY name HAVING opened >= ${openedLeast}
), slots AS (
  SELECT *, intDiv(toUnixTimestamp(at), 3600) % 168 AS slot FROM openings
), pairs AS (
  SELECT a.name AS first, b.name AS second, (a.id, a.episode) AS opening, dateDiff('second', a.at, b.at) AS gap, round(gap / 604800) AS week
  FROM (SELECT *, arrayJoin([slot, (slot + 1) % 168]) AS meets FROM slots) AS a JOIN slots AS b ON b.slot = a.meets
  WHERE a.name != b.name AND gap - week * 604800 BETWEEN 0 AND 3600 AND abs(week) <= 3
), counted AS (
  SELECT first, second, uniqExactIf(opening, week = 0) AS followed, uniqExactIf((opening, week), week != 0) / 6 AS elsewhere
  FROM pairs
  GROUP BY first, second
)
SELECT a.name AS first, b.name AS second, a.opened AS opened, b.opened AS other, followed,
  round(greatest(elsewhere, a.opened * (1 - exp(-b.opened / (90 * 24)))), 4) AS expected
FROM rules AS a CROSS JOIN rules AS b LEFT JOIN counted ON counted.first = a.name AND counted.second = b.name
WHERE a.name != b.name
ORDER BY followed DESC, first, second
LIMIT 5000`;
