import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { listAt, numberAt } from '../../core/read.ts';
import { mannKendall } from '../../scoring/trend/mann-kendall.ts';
import { abstain, found, ranked, type Found, type Analysis } from '../shared/analyst.ts';
import { about, asOf, inLast } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries } from '../shared/statistics.ts';
import { moneyOf, nameOf, numberIn, textIn } from '../shared/telling.ts';
import { worthOf } from '../shared/worth.ts';

/** Below it somebody must act, as the pipeline says. */
const lowBelow = 55;
const weeks = 12;
/** Fewer weeks tell no trend. */
const weeksMin = 6;
/** A fall of fewer points over the weeks that are known is let be. */
const pointsMin = 12;
/** With less known than this, a low figure says more about what is not known. */
const confidenceMin = 0.3;

const question = `
  SELECT entity, groupArray(health) AS healths, argMax(health, week) AS now, argMax(sure, week) AS confidence,
    argMax(reasons, week) AS reasons
  FROM (
    SELECT entity, toInt64(-intDiv(dateDiff('second', time, ${asOf}), 604800)) AS week,
      round(argMax(value, (time, ordinal)), 4) AS health, round(argMax(confidence, (time, ordinal)), 4) AS sure,
      arrayMap(r -> concat(r.name, ' “', ifNull(r.quote, ''), '”'), arraySlice(arraySort(
        r -> (-r.weight * (1 - r.value), r.name),
        arrayFilter(r -> r.weight != 1 AND r.quote IS NOT NULL, argMax(contributions, (time, ordinal)))), 1, 2)) AS reasons
    FROM scores
    WHERE name = 'customer_health' AND ${about('account')} AND ${inLast(weeks * 7)}
    GROUP BY entity, week ORDER BY entity, week
  )
  GROUP BY entity ORDER BY entity`;

interface Course {
  readonly entity: string;
  readonly now: number;
  readonly confidence: number;
  readonly weeks: number;
  /** Points gained over the weeks that are known, by Sen's slope. */
  readonly change: number;
  readonly z: number;
  readonly reasons: readonly string[];
}

/** Low is below 55; falling is a steady trend over weeks (Mann-Kendall), as sure as the number of accounts asks for. */
export async function health(analysis: Analysis): Promise<Found> {
  const scored = await analysis.ask(question);
  const courses = scored.rows.map(courseOf).filter(({ confidence }) => confidence >= confidenceMin);
  if (courses.length === 0) {
    return abstain(
      `no score customer_health that rests on enough within ${weeks} weeks: the pipeline customer-health makes it`,
    );
  }
  const trends = courses.filter((course) => course.weeks >= weeksMin);
  const proven = discoveries(trends, ({ z }) => chanceOf(z));
  const falls = new Set(proven.filter(({ z, change }) => z < 0 && change <= -pointsMin));
  const worth = await worthOf(analysis);
  const told = courses.filter((course) => course.now < lowBelow || falls.has(course));
  const insights = told.map((course): AgentInsight => {
    const falling = falls.has(course);
    const { entity, now, change, reasons } = course;
    const { yearly, currency, evidence } = worth(entity);
    const state = `${Math.round(now)} of 100${falling ? `, ${Math.round(-change)} points less than ${course.weeks} weeks ago` : ''}`;
    return {
      kind: 'risk',
      entity,
      title: `Health of ${nameOf(entity)} ${falling ? 'falls steadily' : 'is low'}: ${state}`,
      detail: `${reasons.length > 0 ? `Pulled down by ${reasons.join(' and ')}. ` : ''}${currency === null ? 'Nothing was paid lately.' : `It pays ${moneyOf(yearly, currency)} a year.`}`,
      evidence: [scored.evidence(`health of ${nameOf(entity)} ${state}`), ...evidence],
      effect: falling
        ? { name: 'change of health', value: Math.round(change), unit: 'points' }
        : { name: 'health below what is well', value: Math.round(now - lowBelow), unit: 'points' },
      confidence: falling ? confidenceOf({ z: course.z, n: course.weeks }) : course.confidence,
      action: {
        text: `Call ${nameOf(entity)} this week, and settle first what pulls its health down`,
        expectedValue: currency === null ? null : Math.round(yearly * lossOf(now)),
        currency,
      },
    };
  });
  return found(ranked(insights), { 'unhealthy accounts': told.map(({ entity }) => entity) });
}

/** What of its revenue is at risk: none at 100, all at 0, by the square: a customer who is well seldom leaves. */
const lossOf = (points: number): number => ((100 - points) / 100) ** 2;

function courseOf(row: JsonObject): Course {
  const healths = listAt(row, 'healths').flatMap((value) => numberAt(value) ?? []);
  const trend = mannKendall(healths);
  return {
    entity: textIn(row, 'entity'),
    now: numberIn(row, 'now'),
    confidence: numberIn(row, 'confidence'),
    weeks: healths.length,
    change: (trend?.slope ?? 0) * (healths.length - 1),
    z: trend?.z ?? 0,
    reasons: listAt(row, 'reasons').flatMap((reason) => (typeof reason === 'string' ? reason : [])),
  };
}
