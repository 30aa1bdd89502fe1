import { z } from 'zod';
import { poissonSurprise } from '../../scoring/tails.ts';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read } from '../operations/rows.ts';
import { abstain, type Capability, found } from '../shared/analyst.ts';
import { asOf, payments } from '../shared/sql.ts';
import { discoveries } from '../shared/statistics.ts';
import { countOf, moneyOf, nameOf } from '../shared/telling.ts';

/** Hours of history without which nobody knows what is usual. */
const historyLeast = 14 * 24;
/** From ten minutes before the alert to two hours after it. */
const windowHours = 2 + 1 / 6;

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  title: z.string(),
  history: z.number(),
  who: z.string(),
  alerts: z.number(),
  others: z.number(),
  paid: z.number(),
  currency: z.string(),
});
type Hit = z.output<typeof row>;

/** Whom an open critical alert reaches: who is alerted of around it, where that is more than is usual for them (Poisson). */
export const blastRadius: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '90' }), row);
  if (asked.rows.length === 0) return abstain('No critical alert is open.');
  const known = asked.rows.filter(({ history }) => history >= historyLeast);
  if (known.length === 0) return abstain(`No ${historyLeast / 24} days of alerts to know from what is usual.`);
  const reached = discoveries(
    known.filter(({ who }) => who !== ''),
    chanceOf,
    0.05,
  );
  const radius = [...new Set(known.map(({ alert }) => alert))].flatMap((alert) => {
    const hits = reached.filter((hit) => hit.alert === alert);
    const [root] = hits;
    return root ? [{ root, hits, ...exposedOf(hits) }] : [];
  });
  return found(
    radius.map(({ root, hits, amount, currency }) => ({
      kind: 'risk',
      entity: root.entity,
      title: `${countOf(hits.length, 'other')} reached by: ${root.title}`,
      detail: `Alerted of within two hours, unlike usually: ${hits
        .slice(0, 10)
        .map(({ who }) => nameOf(who))
        .join(', ')}.`,
      evidence: [asked.evidence(`${countOf(hits.length, 'entity', 'entities')} alerted of around ${root.alert}`)],
      effect: { name: 'blast radius', value: hits.length, unit: 'entities' },
      confidence: Math.min(0.99, 1 - Math.max(...hits.map(chanceOf))),
      action: {
        text:
          amount > 0 && currency
            ? `Contain ${nameOf(root.entity)} first: those reached pay ${moneyOf(amount, currency)} a month; tell them`
            : `Contain ${nameOf(root.entity)} first, and tell those reached`,
        expectedValue: amount > 0 ? amount : null,
        currency: amount > 0 ? currency : null,
      },
    })),
    { radius: radius.map(({ root, hits }) => ({ alert: root.alert, reached: hits.map(({ who }) => who) })) },
  );
};

/** Half an alert is added to what they have otherwise: who was never alerted of may still be. */
const chanceOf = ({ alerts, others, history }: Hit): number =>
  10 ** -poissonSurprise(alerts, ((others + 0.5) / history) * windowHours);

/** In the currency in which most is paid; others are left out, for rates are not known here. */
function exposedOf(hits: readonly Hit[]): { readonly amount: number; readonly currency: string | null } {
  const sums = new Map<string, number>();
  for (const { paid, currency } of hits) sums.set(currency, (sums.get(currency) ?? 0) + paid);
  const [most] = [...sums].filter(([currency]) => currency !== '').toSorted((a, b) => b[1] - a[1]);
  return { amount: Math.round(most?.[1] ?? 0), currency: most?.[0] ?? null };
}

const question = `WITH ${episodes}, roots AS (
  SELECT alert, about, said, opened FROM episodes
  WHERE ${theirs} AND isNull(ended) AND severityNow = 'critical' AND state != 'suppressed' ORDER BY opened DESC, alert LIMIT 20
), usual AS (
  SELECT about AS who, count() AS all FROM episodes GROUP BY who
), hits AS (
  SELECT roots.alert AS alert, episodes.about AS who, count() AS alerts
  FROM roots CROSS JOIN episodes
  WHERE episodes.about != roots.about AND episodes.opened BETWEEN roots.opened - INTERVAL 10 MINUTE AND roots.opened + INTERVAL 2 HOUR
  GROUP BY alert, who
), paid AS (
  SELECT entity AS who, argMax(currency, (total, currency)) AS currency, max(total) AS most
  FROM (
    SELECT entity, currency, sum(amount) AS total FROM ${payments}
    WHERE time > ${asOf} - INTERVAL 30 DAY AND time <= ${asOf} GROUP BY entity, currency
  )
  GROUP BY who
)
SELECT roots.alert AS alert, roots.about AS entity, roots.said AS title,
  dateDiff('hour', (SELECT min(opened) FROM episodes), ${asOf}) AS history,
  hits.who AS who, hits.alerts AS alerts, if(hits.who = '', 0, usual.all - hits.alerts) AS others,
  round(paid.most, 2) AS paid, paid.currency AS currency
FROM roots LEFT JOIN hits ON hits.alert = roots.alert LEFT JOIN usual ON usual.who = hits.who LEFT JOIN paid ON paid.who = hits.who
ORDER BY alert, who`;
