import { z } from 'zod';
import type { JsonObject } from '../../core/json.ts';
import { asked as theirs } from '../operations/episodes.ts';
import { responses } from '../operations/responses.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { shareInterval } from '../shared/statistics.ts';
import { classOf } from './actions.ts';

/** Times an answer was given to the rule, of which is known whether it held. */
const timesLeast = 4;
/** Below, at the middle of its interval, nothing is proposed. */
const heldLeast = 0.5;

const answer = z.object({ response: z.string(), times: z.number(), held: z.number(), hours: z.number() });
const row = z.object({
  alert: z.string(),
  entity: z.string(),
  name: z.string(),
  title: z.string(),
  openedAt: z.string(),
  change: z.string(),
  answers: z.array(answer),
});
type Open = z.output<typeof row>;
type Answer = z.output<typeof answer>;

/** What to do about what is open: what held before; and where something was changed just before it, to take that back. */
export const remediation: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '180' }), row);
  const known = asked.rows.filter(({ answers }) => answers.some(({ times }) => times >= timesLeast));
  if (known.length === 0)
    return abstain(`No open alert to whose rule people gave one answer ${timesLeast} times, with their reason.`);
  const proposals = known.flatMap((open) => {
    const best = bestOf(open);
    return best ? [{ open, best, text: textOf(open, best) }] : [];
  });
  return found(
    ranked(
      proposals.map(({ open, best, text }) => ({
        kind: 'optimisation',
        entity: open.entity,
        title: `${text}: ${open.title}`,
        detail:
          `For ${open.name} "${best.response}" held ${best.held} of ${best.times} times, in ${best.hours} h (median).` +
          (open.change === '' ? '' : ` ${open.change} came within six hours before it.`),
        evidence: [asked.evidence(`${best.response} held ${best.held} of ${best.times} times for ${open.name}`)],
        effect: { name: 'share that stayed away', value: rounded(best.held / best.times), unit: 'share of alerts' },
        confidence: Math.max(0.05, shareInterval(best.held, best.times)[0]),
        action: unpriced(`Approve: ${text}; go back if it is seen again within ${Math.max(1, best.hours)} h`),
      })),
    ),
    {
      proposals: proposals.map(({ open, best, text }) => proposalOf(open, best, text)),
      proposed: proposals.length > 0,
    },
  );
};

const expectedOf = ({ held, times }: Answer): number => (held + 1) / (times + 2);

/** Where a change came just before, taking it back counts as more likely to help than it did among all alerts of the rule. */
function bestOf({ change, answers }: Open): Answer | undefined {
  const worth = (one: Answer): number =>
    expectedOf(one) + (change !== '' && classOf(one.response).action === 'roll-back' ? 0.2 : 0);
  const [best] = answers.filter(({ times }) => times >= timesLeast).toSorted((a, b) => worth(b) - worth(a));
  return best && expectedOf(best) >= heldLeast ? best : undefined;
}

const textOf = ({ change }: Open, { response }: Answer): string =>
  change !== '' && classOf(response).action === 'roll-back' ? `Roll back ${change}` : `Do as before, "${response}"`;

/** What a run asks approval for: steps, each with its way back, and when to take it. */
function proposalOf(open: Open, best: Answer, text: string): JsonObject {
  const { action, sideEffects, undo, approval } = classOf(text);
  return {
    alert: open.alert,
    entity: open.entity,
    steps: [
      {
        do: `Write down the state of ${open.entity} before: version, size, configuration`,
        action: 'look',
        sideEffects: 'none',
        approval: 'none',
        undo: null,
      },
      { do: text, action, sideEffects, approval, undo },
    ],
    rollback: {
      when: `${open.name} is seen again within ${Math.max(1, best.hours)} h, or a metric of ${open.entity} gets worse`,
      do: undo ?? 'Nothing can be taken back: ask a second person before',
    },
    verify: { skill: 'verification', afterHours: Math.max(1, best.hours) },
  };
}

const rounded = (share: number): number => Math.round(1000 * share) / 1000;

const question = `WITH ${responses}, answers AS (
  SELECT name, response, count() AS times, countIf(held) AS kept, round(medianExact(hours), 1) AS lasted
  FROM responses WHERE judged GROUP BY name, response
), known AS (
  SELECT name, arraySort(one -> (-one.times, one.response), groupArray(CAST((response, times, kept, lasted),
    'Tuple(response String, times UInt64, held UInt64, hours Float64)'))) AS answers
  FROM answers GROUP BY name
), changes AS (
  SELECT entity, time AS changed, concat(type, ' ', if(JSONHas(data, 'version'), JSONExtractString(data, 'version'), id)) AS what
  FROM events
  WHERE match(type, '(?i)deploy|release|rollout|migration|config|feature.?flag') AND time > ${asOf} - INTERVAL 30 DAY AND time <= ${asOf}
)
SELECT alert, any(about) AS entity, any(episodes.name) AS name, any(said) AS title, any(opened) AS openedAt,
  argMaxIf(changes.what, (changes.changed, changes.what), changes.changed > opened - INTERVAL 6 HOUR AND changes.changed <= opened) AS change,
  any(known.answers) AS answers
FROM episodes LEFT JOIN known ON known.name = episodes.name LEFT JOIN changes ON changes.entity = episodes.about
WHERE ${theirs} AND isNull(ended) AND state != 'suppressed'
GROUP BY alert
ORDER BY alert
LIMIT 200`;
