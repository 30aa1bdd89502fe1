import { z } from 'zod';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found } from '../shared/analyst.ts';
import { shareInterval } from '../shared/statistics.ts';
import { percentOf } from '../shared/telling.ts';

/** Ended alerts of a rule in 90 days. */
const endedLeast = 12;
/** Of how many people act at most, at the upper end of its interval. */
const actedMost = 0.15;

const row = z.object({
  name: z.string(),
  ended: z.number(),
  acted: z.number(),
  tellings: z.number(),
  alone: z.number(),
  minutes: z.number(),
});

/** Rules that tell much and are heard little: which part of their alerts ends by itself, and how long waiting would have spared it. */
export const noisyRules: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '90' }), row);
  const known = asked.rows.filter(({ ended }) => ended >= endedLeast);
  if (known.length === 0) return abstain(`No rule with ${endedLeast} ended alerts in the last 90 days.`);
  const rules = known
    .filter(({ acted, ended }) => shareInterval(acted, ended)[1] <= actedMost)
    .toSorted((a, b) => b.tellings - a.tellings || (a.name < b.name ? -1 : 1));
  return found(
    rules.map(({ name, ended, acted, tellings, alone, minutes }) => ({
      kind: 'optimisation',
      entity: `rule:${name}`,
      title: `Nobody acts on ${name}: ${acted} of ${ended} alerts`,
      detail: `It told ${tellings} times in 90 days; ${percentOf(alone / ended)} ended by themselves, four of five of those within ${minutes} minutes.`,
      evidence: [asked.evidence(`${acted} of ${ended} alerts of ${name} acted on, ${tellings} tellings`)],
      effect: { name: 'tellings saved', value: Math.round((70 * tellings) / 90) / 10, unit: 'a week' },
      confidence: 1 - shareInterval(acted, ended)[1],
      action: unpriced(
        alone / ended >= 0.5
          ? `Tell of it only once it lasts ${minutes} minutes: that spares ${percentOf((0.8 * alone) / ended)} of it`
          : `Raise its threshold, or leave it out: nobody needed it`,
      ),
    })),
    { rules },
  );
};

const question = `WITH ${episodes}
SELECT name, count() AS ended, countIf(isNotNull(taken) OR (ending = 'resolved' AND NOT startsWith(ender, 'pipeline:'))) AS acted,
  sum(episodes.transitions) AS tellings, countIf(ending = 'resolved' AND startsWith(ender, 'pipeline:')) AS alone,
  ceil(ifNotFinite(quantileExactInclusiveIf(0.8)(dateDiff('second', opened, assumeNotNull(episodes.ended)) / 60, ending = 'resolved' AND startsWith(ender, 'pipeline:')), 0)) AS minutes
FROM episodes
WHERE isNotNull(episodes.ended) AND ${theirs}
GROUP BY name
ORDER BY name`;
