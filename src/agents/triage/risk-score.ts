import { z } from 'zod';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { shareInterval } from '../shared/statistics.ts';
import { percentOf } from '../shared/telling.ts';

/** Past alerts of a rule that were still open, and not yet critical, at the age of the one that is judged. */
const likeLeast = 8;
const riskLeast = 0.5;

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  name: z.string(),
  title: z.string(),
  hours: z.number(),
  like: z.number(),
  turned: z.number(),
  medianHours: z.number(),
});
type Open = z.output<typeof row>;

/**
 * How likely an open alert is to turn critical. Only those of its like count that had come to its age without doing so (conditional survival): a
 * rule that turns at once or never says nothing bad of an old alert.
 */
export const riskScore: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '180' }), row);
  const known = asked.rows.filter(({ like }) => like >= likeLeast);
  if (known.length === 0)
    return abstain(
      `No open alert with ${likeLeast} past ones of its rule that had come to its age without turning critical.`,
    );
  const risks = known
    .map((open) => ({ ...open, risk: Math.round(100 * riskOf(open)) }))
    .toSorted((a, b) => b.risk - a.risk);
  return found(
    ranked(
      risks
        .filter(({ risk }) => risk >= 100 * riskLeast)
        .map((open) => ({
          kind: 'risk',
          entity: open.entity,
          title: `Likely to turn critical: ${open.title}`,
          detail: `Of ${open.like} alerts of ${open.name} that were open for ${open.hours} h, ${open.turned} turned critical, half of them within ${open.medianHours} h more.`,
          evidence: [
            asked.evidence(`${open.turned} of ${open.like} of ${open.name} turned critical after ${open.hours} h`),
          ],
          effect: { name: 'risk of turning critical', value: open.risk, unit: 'of 100' },
          confidence: confidenceOf(open),
          action: unpriced(`Act within ${open.medianHours} h: ${percentOf(riskOf(open))} of its like got worse`),
        })),
    ),
    { risks },
  );
};

/** Jeffreys' prior. */
const riskOf = ({ turned, like }: Open): number => (turned + 0.5) / (like + 1);

function confidenceOf({ turned, like }: Open): number {
  const [low, high] = shareInterval(turned, like);
  return Math.max(0.05, 1 - (high - low) / 2);
}

const question = `WITH ${episodes}, timed AS (
  SELECT *, dateDiff('second', opened, coalesce(turned, ended, ${asOf})) / 3600 AS lasted FROM episodes WHERE severityFirst != 'critical'
), past AS (
  SELECT name, alert, episode, lasted, isNotNull(turned) AS worse FROM timed WHERE isNotNull(ended) OR isNotNull(turned)
)
SELECT open.alert AS alert, any(open.about) AS entity, any(open.name) AS name, any(open.said) AS title,
  round(any(open.lasted), 1) AS hours, count() AS like, countIf(past.worse) AS turned,
  round(ifNotFinite(medianExactIf(past.lasted - open.lasted, past.worse), 0), 1) AS medianHours
FROM (SELECT * FROM timed WHERE ${theirs} AND isNull(ended) AND isNull(turned)) AS open JOIN past USING (name)
WHERE past.lasted > open.lasted
GROUP BY open.alert
ORDER BY alert
LIMIT 1000`;
