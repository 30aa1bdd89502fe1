import { z } from 'zod';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { confidenceOf } from '../shared/statistics.ts';
import { percentOf } from '../shared/telling.ts';

const casesLeast = 30;
/** Standard errors of either test, and how far what was said lies from what came, on average. */
const errorsLeast = 3;
const gapLeast = 0.06;

const row = z.object({
  name: z.string(),
  cases: z.number(),
  said: z.number(),
  came: z.number(),
  brier: z.number(),
  gap: z.number(),
  level: z.number(),
  spread: z.number(),
});
type Judged = z.output<typeof row>;

/**
 * Whether probabilities came true. Of a deal the last score a week before it closed counts; of a customer one a month, two months ago or earlier, against whether it left
 * within 60 days. `level` tests the mean, `spread` is Spiegelhalter's z (1986): above 0 what was said was too sure, below too careful.
 */
export const calibration: Capability = async ({ ask }) => {
  const asked = await read(ask(question), row);
  const known = asked.rows.filter(({ cases }) => cases >= casesLeast);
  if (known.length === 0)
    return abstain(`No ${casesLeast} deals or customers whose probability was told and whose outcome is known.`);
  const off = known.filter((judged) => Math.abs(worstOf(judged)) >= errorsLeast && judged.gap >= gapLeast);
  return found(
    ranked(
      off.map((judged) => ({
        kind: 'risk',
        entity: `score:${judged.name}`,
        title: `${judged.name} is ${faultOf(judged)}`,
        detail: `It said ${percentOf(judged.said)} on average where ${percentOf(judged.came)} came true, over ${judged.cases} cases; Brier score ${judged.brier}.`,
        evidence: [asked.evidence(`${judged.name}: said ${judged.said}, came ${judged.came}, of ${judged.cases}`)],
        effect: { name: 'expected calibration error', value: judged.gap, unit: 'probability' },
        confidence: confidenceOf({ z: worstOf(judged), n: judged.cases }),
        action: unpriced(
          `Read ${judged.name} as ${faultOf(judged)}; look at \`weir model show ${judged.name}\` and go back to a version that came true`,
        ),
      })),
    ),
    { calibrations: known },
  );
};

const worstOf = ({ level, spread }: Judged): number => (Math.abs(level) >= Math.abs(spread) ? level : spread);

function faultOf({ level, spread }: Judged): string {
  if (Math.abs(level) >= Math.abs(spread)) return level > 0 ? 'too low' : 'too high';
  return spread > 0 ? 'too sure of itself' : 'too careful';
}

const question = `WITH deals AS (
  SELECT entity, deal, min(time) AS closed, argMin(won, (time, id)) AS won
  FROM (
    SELECT entity, trim(BOTH '"' FROM JSONExtractRaw(data, 'deal')) AS deal, time, id, JSONExtractString(data, 'outcome') = 'won' AS won
    FROM events WHERE type = 'weir.outcome.deal' AND time <= ${asOf}
    UNION ALL
    SELECT entity, ifNull(subject, '') AS deal, time, id, JSONExtractString(data, 'propertyValue') = 'closedwon' AS won
    FROM events
    WHERE type = 'hubspot.deal.propertyChange' AND JSONExtractString(data, 'propertyName') = 'dealstage'
      AND JSONExtractString(data, 'propertyValue') IN ('closedwon', 'closedlost') AND time <= ${asOf}
  )
  GROUP BY entity, deal
), leavings AS (
  SELECT entity, groupArray(time) AS times FROM events
  WHERE time <= ${asOf} AND (type = 'stripe.customer.subscription.deleted'
    OR (type = 'weir.outcome.account' AND JSONExtractString(data, 'outcome') = 'churned'))
  GROUP BY entity
), cases AS (
  SELECT 'deal_propensity' AS name, argMax(value, (scores.time, scores.id)) AS p, any(deals.won) AS came
  FROM scores JOIN deals ON deals.entity = scores.entity AND deals.deal = scores.subject
  WHERE scores.name = 'deal_propensity' AND scores.time <= deals.closed - INTERVAL 7 DAY
  GROUP BY scores.entity, scores.subject
  UNION ALL
  SELECT 'churn_risk' AS name, p, arrayExists(left -> left > at AND left <= at + INTERVAL 60 DAY, times) AS came
  FROM (
    SELECT entity, argMax(value, (time, id)) AS p, max(time) AS at FROM scores
    WHERE name = 'churn_risk' AND time <= ${asOf} - INTERVAL 60 DAY GROUP BY entity, toStartOfMonth(time)
  ) AS told LEFT JOIN leavings USING (entity)
  WHERE NOT arrayExists(left -> left <= at, times)
), bins AS (
  SELECT name, count() AS n, sum(least(0.999, greatest(0.001, p)) AS q) AS sums, sum(came) AS hits, sum(pow(q - came, 2)) AS squares,
    sum(q * (1 - q)) AS variance, sum((came - q) * (1 - 2 * q)) AS skew, sum(pow(1 - 2 * q, 2) * q * (1 - q)) AS skewVariance
  FROM cases
  GROUP BY name, least(4, floor(p * 5)) AS bin
)
SELECT name, sum(n) AS cases, round(sum(sums) / cases, 3) AS said, round(sum(hits) / cases, 3) AS came, round(sum(squares) / cases, 4) AS brier,
  round(sum(abs(hits - sums)) / cases, 3) AS gap, round(sum(hits - sums) / sqrt(sum(variance)), 2) AS level,
  round(sum(skew) / sqrt(greatest(sum(skewVariance), 1e-9)), 2) AS spread
FROM bins
GROUP BY name
ORDER BY name`;
