import { z } from 'zod';
import type { JsonObject } from '../../core/json.ts';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { suspectOn } from '../operations/suspect.ts';
import { abstain, type Capability, found } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import { shareInterval } from '../shared/statistics.ts';

/** Times that alerts of a rule were taken, from which it is known who does. */
const takenLeast = 5;

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  name: z.string(),
  title: z.string(),
  severity: z.string(),
  actions: z.array(z.string()),
  roles: z.array(z.string()),
  minutes: z.number(),
  takers: z.array(z.string()),
  counts: z.array(z.number()),
  taken: z.number(),
  median: z.number(),
  p90: z.number(),
});
type Open = z.output<typeof row>;

/**
 * A ticket for every alert that nobody has taken: to whom, and to whom next when the time is up in which nine of ten were taken. Those about whom
 * the agents of the run suspect (its board says) come first.
 */
export const ticket: Capability = async ({ ask, tools }) => {
  const asked = await read(ask(question, { days: '180' }), row);
  const known = asked.rows.filter(({ taken }) => taken >= takenLeast);
  if (known.length === 0)
    return abstain(`No alert waits to be taken whose rule was taken ${takenLeast} times in the last 180 days.`);
  const suspect = await suspectOn(tools.board);
  const isSuspect = ({ entity }: Open) => Number(entity === suspect?.value);
  const tickets = known
    .map((open) => ({ open, ...ticketOf(open) }))
    .toSorted((a, b) => isSuspect(b.open) - isSuspect(a.open) || b.late - a.late);
  return found(
    tickets.map(({ open, assignee, level, share, late }) => ({
      kind: 'risk',
      entity: open.entity,
      title: `For ${assignee}: ${open.title}`,
      detail:
        `${open.taken} alerts of ${open.name} were taken after ${open.median} minutes (median), nine of ten within ${open.p90}; ` +
        `this one waits for ${open.minutes}.` +
        (isSuspect(open) ? ` What was looked at points to ${open.entity}.` : ''),
      evidence: [
        asked.evidence(
          `${open.counts[0] ?? 0} of ${open.taken} alerts of ${open.name} taken by ${open.takers[0] ?? ''}`,
        ),
      ],
      effect: { name: 'waiting time', value: late, unit: 'times that in which nine of ten are taken' },
      confidence: share,
      action: unpriced(level === 0 ? `Give it to ${assignee}` : `Escalate it to ${assignee}: the usual time is up`),
    })),
    { tickets: tickets.map(({ ticket }) => ticket), ...(suspect && { suspect: { ...suspect } }) },
  );
};

/** Steps of the path: who took most, who took second most, then everybody in the alert's roles; each after another usual time. */
function ticketOf(open: Open) {
  const path = [...open.takers.slice(0, 2), ...open.roles.map((role) => `role:${role}`)].map((who, index) => ({
    who,
    afterMinutes: Math.ceil(index * open.p90),
  }));
  const level = Math.max(
    0,
    path.findLastIndex(({ afterMinutes }) => afterMinutes <= open.minutes),
  );
  const assignee = path[level]?.who ?? 'everybody';
  const ticket: JsonObject = {
    alert: open.alert,
    title: open.title,
    severity: open.severity,
    entity: open.entity,
    description: open.actions,
    assignee,
    escalation: path,
  };
  const late = Math.round((100 * open.minutes) / Math.max(1, open.p90)) / 100;
  const [share] = shareInterval(open.counts[0] ?? 0, open.taken);
  return { ticket, assignee, level, late, share: Math.max(0.05, share) };
}

const question = `WITH ${episodes}, takes AS (
  SELECT name, taker, count() AS times FROM episodes WHERE isNotNull(taken) GROUP BY name, taker
), takers AS (
  SELECT name, arraySort(one -> (-one.2, one.1), groupArray((taker, times))) AS all FROM takes GROUP BY name
), waits AS (
  SELECT name, count() AS takings, quantilesExactInclusive(0.5, 0.9)(dateDiff('second', opened, assumeNotNull(taken)) / 60) AS minutes
  FROM episodes WHERE isNotNull(taken) GROUP BY name
)
SELECT alert, about AS entity, name, said AS title, severityNow AS severity, actions, audience AS roles,
  round(dateDiff('second', opened, ${asOf}) / 60) AS minutes,
  arrayMap(one -> one.1, takers.all) AS takers, arrayMap(one -> one.2, takers.all) AS counts,
  waits.takings AS taken, round(waits.minutes[1]) AS median, round(waits.minutes[2]) AS p90
FROM episodes JOIN takers USING (name) JOIN waits USING (name)
WHERE ${theirs} AND isNull(ended) AND state = 'open'
ORDER BY alert
LIMIT 1000`;
