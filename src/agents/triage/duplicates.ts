import { z } from 'zod';
import { asked as theirs, episodes } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found } from '../shared/analyst.ts';

const row = z.object({
  alert: z.string(),
  entity: z.string(),
  title: z.string(),
  openedAt: z.string(),
  same: z.array(z.string()),
  reasons: z.array(z.string()),
});
type Open = z.output<typeof row>;

/** Open alerts that tell of one thing, as groups: linked by entity and time, by rule, time and words, or by entity and words. */
export const duplicates: Capability = async ({ ask }) => {
  const asked = await read(ask(question, { days: '30' }), row);
  if (asked.rows.length < 2) return abstain('No two alerts are open: nothing could be the same.');
  const groups = groupsOf(asked.rows).filter((group) => group.length > 1);
  return found(
    groups.map((group) => {
      const [root, ...others] = group;
      const reasons = [...new Set(group.flatMap((open) => open.reasons))].join('; ');
      return {
        kind: 'optimisation',
        entity: root.entity,
        title: `${group.length} open alerts are one: ${root.title}`,
        detail: `With it: ${others
          .slice(0, 5)
          .map(({ title }) => title)
          .join('; ')}. ${reasons}.`,
        evidence: [asked.evidence(`${group.length} alerts linked to ${root.alert}: ${reasons}`)],
        effect: { name: 'alerts saved', value: others.length, unit: 'alerts' },
        confidence: reasons.includes('words') ? 0.9 : 0.75,
        action: unpriced('Answer the first of them, and close the others with it'),
      };
    }),
    { groups: groups.map((group) => group.map(({ alert }) => alert)) },
  );
};

/** Connected components, the earliest of each first; the largest first. */
function groupsOf(all: readonly Open[]): readonly (readonly [Open, ...Open[]])[] {
  const byId = new Map(all.map((open) => [open.alert, open]));
  const seen = new Set<string>();
  const groups = all.flatMap((start) => {
    const group: Open[] = [];
    const waiting = [start];
    for (let open = waiting.pop(); open; open = waiting.pop()) {
      if (seen.has(open.alert)) continue;
      seen.add(open.alert);
      group.push(open);
      waiting.push(...open.same.flatMap((id) => byId.get(id) ?? []));
    }
    const [root, ...others] = group.toSorted((a, b) => (a.openedAt < b.openedAt ? -1 : 1));
    return root ? [[root, ...others] as const] : [];
  });
  return groups.toSorted((a, b) => b.length - a.length);
}

/** Words are compared by groups of four letters, numbers left out; a distance of 0 is the same text. */
const question = `WITH ${episodes}, open AS (
  SELECT alert, about, name, said, opened, replaceRegexpAll(said, '\\\\d+', '') AS words
  FROM episodes WHERE ${theirs} AND isNull(ended) AND state != 'suppressed' ORDER BY alert LIMIT 500
), pairs AS (
  SELECT a.alert AS alert, b.alert AS other, abs(dateDiff('second', a.opened, b.opened)) AS apart, ngramDistance(a.words, b.words) AS distance,
    multiIf(
      a.about = b.about AND apart <= 1800, 'same entity within half an hour',
      a.name = b.name AND apart <= 900 AND distance <= 0.5, 'same rule and words within a quarter of an hour',
      a.about = b.about AND apart <= 86400 AND distance <= 0.2, 'same entity and words within a day',
      ''
    ) AS link
  FROM open AS a CROSS JOIN open AS b
  WHERE a.alert != b.alert AND link != ''
)
SELECT open.alert AS alert, any(about) AS entity, any(said) AS title, any(opened) AS openedAt,
  arraySort(groupArrayIf(other, other != '')) AS same, arraySort(groupUniqArrayIf(link, link != '')) AS reasons
FROM open LEFT JOIN pairs USING (alert)
GROUP BY open.alert
ORDER BY alert`;
