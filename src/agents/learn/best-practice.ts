import { z } from 'zod';
import { asked as theirs } from '../operations/episodes.ts';
import { responses } from '../operations/responses.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { discoveries } from '../shared/statistics.ts';

/** Of the answer, and of all others to the same rule. */
const timesLeast = 6;
/** Of the time that others take. */
const fasterLeast = 0.3;

const row = z.object({
  name: z.string(),
  response: z.string(),
  times: z.number(),
  others: z.number(),
  own: z.number(),
  rest: z.number(),
  p: z.number(),
});

/** Which answers end the alerts of a rule faster than the other answers to it: Mann and Whitney's test of the hours. */
export const bestPractice: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '180' }), row);
  if (asked.rows.length === 0)
    return abstain(`No rule with two kinds of answers, ${timesLeast} of each, that people gave with their reason.`);
  const practices = discoveries(asked.rows, ({ p }) => p, 0.02).filter(
    ({ own, rest }) => rest > 0 && own <= rest * (1 - fasterLeast),
  );
  return found(
    ranked(
      practices.map(({ name, response, times, others, own, rest, p }) => ({
        kind: 'optimisation',
        entity: `rule:${name}`,
        title: `${name} ends fastest by: ${response}`,
        detail: `It took ${own} h (median of ${times}), other answers ${rest} h (median of ${others}).`,
        evidence: [asked.evidence(`${response}: ${own} h against ${rest} h, p ${p}`)],
        effect: { name: 'hours saved', value: Math.round(100 * (rest - own)) / 100, unit: 'hours an alert' },
        confidence: Math.min(0.99, 1 - p),
        action: unpriced(
          `Try it first: at the rate of the last half year ${Math.round((rest - own) * others * 2)} hours a year`,
        ),
      })),
    ),
    { practices },
  );
};

const question = `WITH ${responses}, known AS (
  SELECT name, response, count() AS times, sum(times) OVER (PARTITION BY name) - times AS others
  FROM responses WHERE ${theirs} GROUP BY name, response QUALIFY times >= ${timesLeast} AND others >= ${timesLeast}
)
SELECT known.name AS name, known.response AS response, any(known.times) AS times, any(known.others) AS others,
  round(medianExactIf(hours, responses.response = known.response), 2) AS own,
  round(medianExactIf(hours, responses.response != known.response), 2) AS rest,
  round(ifNotFinite(tupleElement(mannWhitneyUTest('two-sided')(hours, toUInt8(responses.response = known.response)), 2), 1), 9) AS p
FROM known JOIN responses ON responses.name = known.name
WHERE ${theirs}
GROUP BY known.name, known.response
ORDER BY name, response`;
