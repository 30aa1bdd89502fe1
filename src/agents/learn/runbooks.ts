import { z } from 'zod';
import { asked as theirs } from '../operations/episodes.ts';
import { responses } from '../operations/responses.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { confidenceOf, shareInterval, shares } from '../shared/statistics.ts';
import { countOf, percentOf } from '../shared/telling.ts';

/** Times an answer was given, of which is known whether it held. */
const timesLeast = 5;
/** What an answer holds at least, at the lower end of its interval, to be written down. */
const heldLeast = 0.6;
/** Standard errors that it has to be better than the other answers. */
const betterLeast = 2;

const row = z.object({
  name: z.string(),
  response: z.string(),
  times: z.number(),
  held: z.number(),
  hours: z.number(),
  by: z.string(),
  allTimes: z.number(),
  allHeld: z.number(),
});
type Answer = z.output<typeof row>;

/** Runbooks from what worked: after which answers a rule told nothing more of an entity for a week. */
export const runbooks: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '180' }), row);
  if (asked.rows.length === 0)
    return abstain(
      `No answer that people gave ${timesLeast} times to a rule, a week ago or earlier, with their reason.`,
    );
  const proven = asked.rows.filter((answer) => lowerOf(answer) >= heldLeast && isBetter(answer));
  const books = proven.map((answer) => {
    const failed = asked.rows.filter(({ name, times, held }) => name === answer.name && held / times <= 0.4);
    const avoid = failed.map(({ response }) => response);
    return {
      rule: answer.name,
      when: `an alert of ${answer.name} opens`,
      do: answer.response,
      ask: answer.by,
      within: answer.hours,
      avoid,
    };
  });
  return found(
    ranked(
      proven.map((answer, index) => ({
        kind: 'optimisation',
        entity: `rule:${answer.name}`,
        title: `Runbook for ${answer.name}: ${answer.response}`,
        detail:
          `After ${answer.held} of ${answer.times} times nothing more was told for a week, in ${answer.hours} h (median). ` +
          `Other answers: ${answer.allHeld - answer.held} of ${answer.allTimes - answer.times}. Does not help: ${books[index]?.avoid.join(', ') || 'nothing known'}.`,
        evidence: [
          asked.evidence(`${answer.response}: held ${answer.held} of ${answer.times} times for ${answer.name}`),
        ],
        effect: {
          name: 'share that stayed away',
          value: Math.round((1000 * answer.held) / answer.times) / 1000,
          unit: 'share of alerts',
        },
        confidence: isAlone(answer) ? lowerOf(answer) : confidenceOf(againstOthers(answer)),
        action: unpriced(
          `Write it down as the runbook of ${answer.name}: ${percentOf(answer.held / answer.times)} of ${countOf(answer.times, 'time')} it held`,
        ),
      })),
    ),
    { runbooks: books },
  );
};

const lowerOf = ({ held, times }: Answer): number => shareInterval(held, times)[0];
const isAlone = ({ times, allTimes }: Answer): boolean => allTimes - times < timesLeast;
const againstOthers = ({ held, times, allHeld, allTimes }: Answer) =>
  shares({ hits: held, of: times }, { hits: allHeld - held, of: allTimes - times });
const isBetter = (answer: Answer): boolean => isAlone(answer) || againstOthers(answer).z >= betterLeast;

const question = `WITH ${responses}, counted AS (
  SELECT name, response, count() AS times, countIf(held) AS kept, round(medianExact(hours), 1) AS lasted, groupArray(by) AS people,
    arrayMax(person -> (countEqual(people, person), person), people).2 AS most
  FROM responses WHERE judged AND ${theirs} GROUP BY name, response
)
SELECT name, response, times, kept AS held, lasted AS hours, most AS by,
  sum(times) OVER (PARTITION BY name) AS allTimes, sum(kept) OVER (PARTITION BY name) AS allHeld
FROM counted
QUALIFY times >= ${timesLeast}
ORDER BY name, times DESC, response`;
