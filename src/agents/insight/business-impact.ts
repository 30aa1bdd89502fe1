import { z } from 'zod';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf, payments } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries, welch } from '../shared/statistics.ts';

/** Customers alerted, each measured against those without the alert at the same time. */
const customersLeast = 6;
/** Customers that nothing was alerted of around that time: the median of their changes is what is to be expected. */
const othersLeast = 5;
/** Points of health, of 100. */
const healthLeast = 3;

const row = z.object({
  name: z.string(),
  measure: z.enum(['health', 'money']),
  currency: z.string(),
  customers: z.number(),
  change: z.number(),
  variance: z.number(),
});
type Impact = z.output<typeof row>;

/**
 * How health (two weeks) and payments (a month) of customers change with the first alert of a rule, less how they changed for customers without it
 * at the same time: differences in differences. What goes together need not be caused; season and price rises are taken out.
 */
export const businessImpact: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '180' }), row);
  const known = asked.rows.filter(({ customers }) => customers >= customersLeast);
  if (known.length === 0)
    return abstain(
      `No rule that alerted of ${customersLeast} customers, with others to compare, two weeks ago or earlier.`,
    );
  const impacts = discoveries(known, (impact) => chanceOf(differenceOf(impact).z), 0.01).filter(
    ({ measure, change }) => measure === 'money' || Math.abs(change) >= healthLeast,
  );
  return found(
    ranked(
      impacts.map((impact) => {
        const { name, measure, currency, customers, change } = impact;
        const text =
          measure === 'health'
            ? `health of ${customers} customers changed by ${change} points more than that of others`
            : `payments of ${customers} customers changed by ${change} ${currency} a month more than those of others`;
        return {
          kind: change < 0 ? 'risk' : 'opportunity',
          entity: `rule:${name}`,
          title: `With ${name}, ${measure === 'health' ? 'health' : 'revenue'} ${change < 0 ? 'falls' : 'rises'} by ${Math.abs(change)} ${measure === 'health' ? 'points' : `${currency} a month`} a customer`,
          detail: `The ${text}, before and after their first alert.`,
          evidence: [asked.evidence(text)],
          effect: {
            name: 'difference in differences',
            value: change,
            unit: measure === 'health' ? 'points of health' : `${currency} a customer and month`,
          },
          confidence: confidenceOf(differenceOf(impact)),
          action:
            measure === 'money'
              ? {
                  text: `Answer alerts of ${name} before others: that much is at stake for those alerted in the last half year`,
                  expectedValue: Math.round(Math.abs(change) * customers),
                  currency,
                }
              : unpriced(`Answer alerts of ${name} before others, and look at these customers again after two weeks`),
        };
      }),
    ),
    { impacts },
  );
};

/** Against none: the customers' own spread is all there is. */
const differenceOf = ({ customers, change, variance }: Impact) => ({
  z: welch({ n: customers, mean: change, variance }, { n: customers, mean: 0, variance: 0 }).z,
  n: customers,
});

/** `daily` has figures of both kinds; `reach` is how many days before and after are compared. Days without payments count as 0. */
const question = `WITH ${episodes}, firsts AS (
  SELECT name, about, toDate(min(opened)) AS day
  FROM episodes
  WHERE startsWith(about, 'account:') AND ${theirs}
  GROUP BY name, about
), daily AS (
  SELECT 'health' AS measure, '' AS currency, 14 AS reach, entity, toDate(time) AS on, avg(value) AS figure
  FROM scores
  WHERE name = 'customer_health' AND time > ${asOf} - INTERVAL 210 DAY AND time <= ${asOf}
  GROUP BY entity, on
  UNION ALL
  SELECT 'money', currency, 30, entity, toDate(time) AS on, sum(amount) AS figure
  FROM ${payments}
  WHERE time > ${asOf} - INTERVAL 210 DAY AND time <= ${asOf} AND startsWith(entity, 'account:')
  GROUP BY entity, currency, on
), alerted AS (
  SELECT about AS entity, groupUniqArray(toDate(opened)) AS alertDays FROM episodes GROUP BY entity
), moved AS (
  SELECT day, measure, currency, entity, arrayExists(alertDay -> abs(alertDay - day) <= any(reach), any(alertDays)) AS disturbed,
    if(measure = 'money', sumIf(figure, on > day) - sumIf(figure, on <= day), avgIf(figure, on > day) - avgIf(figure, on <= day)) AS change
  FROM (SELECT DISTINCT day FROM firsts) AS moments CROSS JOIN (SELECT * FROM daily LEFT JOIN alerted USING (entity)) AS daily
  WHERE on > day - reach AND on <= day + reach AND day + reach <= toDate(${asOf})
  GROUP BY day, measure, currency, entity
  HAVING isFinite(change)
), expected AS (
  SELECT day, measure, currency, medianExactIf(change, NOT disturbed) AS usual
  FROM moved GROUP BY day, measure, currency HAVING countIf(NOT disturbed) >= ${othersLeast}
), compared AS (
  SELECT firsts.name AS name, moved.measure AS measure, moved.currency AS currency, moved.change - expected.usual AS more
  FROM firsts JOIN moved ON moved.entity = firsts.about AND moved.day = firsts.day
    JOIN expected ON expected.day = moved.day AND expected.measure = moved.measure AND expected.currency = moved.currency
)
SELECT name, measure, currency, count() AS customers, round(avg(more), 2) AS change, round(varSamp(more), 4) AS variance
FROM compared
GROUP BY name, measure, currency
HAVING customers > 1
ORDER BY name, measure, currency`;
