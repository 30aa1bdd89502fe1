import { z } from 'zod';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';

/** Of the weight of an alert's words, how much a runbook has to hold, and how much more than the next one. */
const scoreLeast = 0.4;
const aheadLeast = 1.25;

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  title: z.string(),
  books: z.number(),
  book: z.string(),
  score: z.number(),
  second: z.number(),
  byRule: z.number(),
  steps: z.array(z.string()),
  shared: z.array(z.string()),
});

/**
 * Which published runbook (an event `runbook.published` with `title`, `text`, `rules`, `steps`) belongs to an alert: the one that names its
 * rule, else the one with its words, seldom words counting more (inverse document frequency), those of no runbook as half a word of one.
 */
export const runbookMatch: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '30' }), row);
  if (asked.rows.length === 0)
    return abstain('No open alert, or no event runbook.published with a title to match one with.');
  const matches = asked.rows.filter(
    ({ byRule, score, second, shared }) =>
      byRule === 1 || (shared.length >= 2 && score >= scoreLeast && score >= second * aheadLeast),
  );
  return found(
    ranked(
      matches.map(({ entity, title, books, book, score, second, byRule, shared }) => ({
        kind: 'optimisation',
        entity,
        title: `Runbook "${book}" for: ${title}`,
        detail:
          byRule === 1 ? 'It names the rule.' : `It shares ${shared.join(', ')}, more than the other ${books - 1} do.`,
        evidence: [asked.evidence(`${book}: ${score}, next ${second}`)],
        effect: { name: 'share of the alert’s words', value: score, unit: 'share by weight' },
        confidence:
          byRule === 1 ? 0.95 : Math.max(0.3, Math.min(0.9, score * (1 - second / Math.max(score, 1e-9) / 2))),
        action: unpriced(`Follow "${book}", its steps with side effects under approval`),
      })),
    ),
    { matches: matches.map(({ alert, book, steps }) => ({ alert, book, steps })) },
  );
};

const question = `WITH ${episodes}, books AS (
  SELECT JSONExtractString(data, 'title') AS book, argMax(data, (time, id)) AS latest, JSONExtract(latest, 'rules', 'Array(String)') AS rules,
    JSONExtract(latest, 'steps', 'Array(String)') AS steps,
    arrayDistinct(arrayFilter(word -> length(word) > 2, tokens(lower(concat(book, ' ', JSONExtractString(latest, 'text')))))) AS words
  FROM events WHERE type = 'runbook.published' AND time <= ${asOf} GROUP BY book HAVING book != ''
), weights AS (
  SELECT word, ln(1 + (SELECT count() FROM books) / count()) AS weight FROM books ARRAY JOIN words AS word GROUP BY word
), open AS (
  SELECT alert, about, name, said, arrayJoin(arrayDistinct(arrayFilter(word -> length(word) > 2, tokens(lower(concat(replaceAll(name, '-', ' '), ' ', said)))))) AS word
  FROM episodes WHERE ${theirs} AND isNull(ended) AND state != 'suppressed'
), weighed AS (
  SELECT alert, about, name, said, ln(1 + assumeNotNull((SELECT count() FROM books))) / 2 AS unknown, groupArray(word) AS wanted, groupArray(ifNull(weight, 0)) AS known,
    arrayMap(one -> if(one > 0, one, unknown), known) AS worth
  FROM open LEFT JOIN weights USING (word) GROUP BY alert, about, name, said
), scored AS (
  SELECT alert, about, said, book, steps, has(rules, name) AS byRule,
    arrayFilter(word -> has(words, word), wanted) AS shared,
    round(arraySum((word, one) -> if(has(words, word), one, 0), wanted, worth) / greatest(arraySum(worth), 1e-9), 3) AS score
  FROM weighed CROSS JOIN books
)
SELECT alert, about AS entity, said AS title, (SELECT count() FROM books) AS books, book, score, byRule, steps, arraySort(shared) AS shared,
  leadInFrame(score) OVER places AS second
FROM scored
WINDOW places AS (PARTITION BY alert ORDER BY byRule DESC, score DESC, book ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
QUALIFY row_number() OVER places = 1
ORDER BY alert
LIMIT 200`;
