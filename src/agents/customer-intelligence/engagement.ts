import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { listAt, numberAt } from '../../core/read.ts';
import { engagementChange, type Activity } from '../../scoring/engagement.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { about, asOf, inLast } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries } from '../shared/statistics.ts';
import { moneyOf, nameOf, textIn } from '../shared/telling.ts';
import { worthOf } from '../shared/worth.ts';

const fortnights = 8;
/** Fewer give nothing to compare with. */
const fortnightsMin = 4;
const dayMs = 86_400_000;

const question = `
  SELECT entity, min(first) AS first, groupArray((fortnight, calls, conversations, users)) AS done
  FROM (
    SELECT entity, toInt64(intDiv(dateDiff('second', time, ${asOf}), 1209600)) AS fortnight,
      toUnixTimestamp64Milli(min(time)) AS first,
      countIf(type = 'gong.call') AS calls,
      countIf(type = 'intercom.conversation.user.created') AS conversations,
      ifNull(ifNotFinite(round(avgIf(JSONExtractFloat(data, 'value'), type = 'metrics.sample'), 2), 0), 0) AS users
    FROM events
    WHERE (type IN ('gong.call', 'intercom.conversation.user.created')
        OR type = 'metrics.sample' AND match(lower(JSONExtractString(data, 'name')), 'active.?users'))
      AND ${about('account')} AND ${inLast(fortnights * 14)}
    GROUP BY entity, fortnight ORDER BY entity, fortnight DESC
  )
  GROUP BY entity ORDER BY entity`;

/** Customers whose last fortnight was unlike those before it, by the scorer of engagement: calls, conversations, active users together. */
export async function engagement(analysis: Analysis): Promise<Found> {
  const seen = await analysis.ask(question);
  const end = Date.parse(analysis.task.asOf);
  const changes = seen.rows.flatMap((row) => changeOf(row, end));
  if (changes.length === 0) {
    return abstain(`no customer with ${fortnightsMin} fortnights of calls, conversations or active users to compare`);
  }
  const told = discoveries(changes, ({ z }) => chanceOf(z)).filter(({ value }) => Math.abs(value) >= farFrom);
  const worth = await worthOf(analysis);
  const insights = told.map(({ entity, value, z, known, reasons }): AgentInsight => {
    const { yearly, currency, evidence } = worth(entity);
    const quieter = value < 0;
    const why = reasons.join('; ');
    return {
      kind: quieter ? 'risk' : 'opportunity',
      entity,
      title: `${nameOf(entity)} does much ${quieter ? 'less' : 'more'} with us than it used to`,
      detail: `${why}.${currency === null ? '' : ` It pays ${moneyOf(yearly, currency)} a year.`}`,
      evidence: [seen.evidence(why), ...evidence],
      effect: { name: 'engagement change', value: Math.round(z * 10) / 10, unit: 'standard deviations' },
      confidence: confidenceOf({ z, n: known }),
      action: {
        text: quieter
          ? `Ask ${nameOf(entity)} what has changed, and whether the people who used it are still there`
          : `Ask ${nameOf(entity)} what it has begun, and what it would need for more`,
        expectedValue: currency === null ? null : Math.round(yearly * (quieter ? shareLost : shareGained)),
        currency,
      },
    };
  });
  return found(ranked(insights), { 'changed accounts': told.map(({ entity }) => entity) });
}

/** What the scorer calls three standard deviations. */
const farFrom = 0.5;
/** What of a customer's revenue such a change puts at stake, or makes possible; set by hand. */
const [shareLost, shareGained] = [0.3, 0.1];

function changeOf(row: JsonObject, end: number) {
  const done = new Map(
    listAt(row, 'done').map((window) => [
      numberAt(window, 0) ?? numberAt(window, 'fortnight') ?? 0,
      activityOf(window),
    ]),
  );
  const oldest = Math.max(...done.keys());
  if (oldest + 1 < fortnightsMin) return [];
  let state = engagementChange.initial;
  let figure: ReturnType<typeof engagementChange.score>['figure'];
  for (let ago = oldest; ago >= 0; ago -= 1) {
    const start = end - (ago + 1) * 14 * dayMs;
    // What was heard of first in the middle of a fortnight is compared with from the next one on.
    const seen = { eventId: '', start, end: start + 14 * dayMs, first: end - (oldest + 1) * 14 * dayMs };
    ({ state, figure } = engagementChange.score({ ...seen, activity: done.get(ago) ?? {} }, state));
  }
  if (!figure) return [];
  const reasons = figure.contributions.map(({ name, quote }) => `${name}: ${quote ?? ''}`);
  // The scorer's figure back in its standard deviations: 1 − 2^(−(z − 1) / 2).
  const size = figure.value === 0 ? 0 : 1 - 2 * Math.log2(1 - Math.abs(figure.value));
  const z = Math.sign(figure.value) * Math.min(size, 8);
  return [{ entity: textIn(row, 'entity'), value: figure.value, z, known: oldest + 1, reasons }];
}

function activityOf(window: Parameters<typeof numberAt>[0]): Activity {
  const read = (place: number, name: string): number => numberAt(window, place) ?? numberAt(window, name) ?? 0;
  const all = { calls: read(1, 'calls'), conversations: read(2, 'conversations'), 'active users': read(3, 'users') };
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount > 0));
}
