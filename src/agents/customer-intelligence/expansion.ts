import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { listAt, numberAt } from '../../core/read.ts';
import { mannKendall } from '../../scoring/trend/mann-kendall.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { about, asOf, inLast, smallestIn, weeksAgo } from '../shared/sql.ts';
import { chanceOf, confidenceOf, discoveries } from '../shared/statistics.ts';
import { moneyOf, nameOf, numberIn, percentOf, textIn } from '../shared/telling.ts';

const weeks = 12;
const weeksMin = 6;
const seatsMax = 200;
/** Who uses less of its seats has room to grow without buying. */
const fullFrom = 0.8;
/** Who is not well is not asked to buy more. */
const wellFrom = 55;
/** Seats are sold for what is used half a year from now, and a tenth more. */
const [aheadWeeks, spare] = [26, 1.1];

const item = `JSONExtractArrayRaw(data, 'data', 'object', 'items', 'data')[1]`;
const currency = `upper(JSONExtractString(data, 'data', 'object', 'currency'))`;
const seats = `
  SELECT entity, argMax(toInt64(JSONExtractInt(${item}, 'quantity')), (time, id)) AS seats,
    argMax(JSONExtractInt(${item}, 'price', 'unit_amount') / if(JSONExtractString(${item}, 'price', 'recurring', 'interval') = 'year', 12, 1)
      / ${smallestIn(currency)}, (time, id)) AS price,
    argMax(${currency}, (time, id)) AS currency,
    argMax(JSONExtractBool(data, 'data', 'object', 'cancel_at_period_end') OR endsWith(type, 'deleted'), (time, id)) AS leaving
  FROM events
  WHERE startsWith(type, 'stripe.customer.subscription.') AND ${about('account')} AND ${inLast(730)}
  GROUP BY entity HAVING seats > 0 ORDER BY entity`;

/** Weekly means, the oldest first, and the line through them: users gained a week. */
const use = `
  SELECT entity, groupArray(users) AS weekly, round(tupleElement(simpleLinearRegression(week, users), 1), 4) AS gained
  FROM (
    SELECT entity, -toInt64(${weeksAgo}) AS week, round(avg(JSONExtractFloat(data, 'value')), 4) AS users
    FROM events
    WHERE type = 'metrics.sample' AND match(lower(JSONExtractString(data, 'name')), 'active.?users') AND ${about('account')}
      AND ${inLast(weeks * 7)}
    GROUP BY entity, week ORDER BY entity, week
  )
  GROUP BY entity ORDER BY entity`;

const healths = `
  SELECT entity, round(argMax(value, (time, ordinal)), 2) AS health FROM scores
  WHERE name = 'customer_health' AND ${about('account')} AND time <= ${asOf} GROUP BY entity ORDER BY entity`;

/** Customers whose use grows steadily and fills their seats, who are well and stay. */
export async function expansion({ ask }: Analysis): Promise<Found> {
  const [sold, used, well] = [await ask(seats), await ask(use), await ask(healths)];
  const uses = new Map(used.rows.map((row) => [textIn(row, 'entity'), row]));
  const health = new Map(well.rows.map((row) => [textIn(row, 'entity'), numberIn(row, 'health')]));
  const accounts = sold.rows.flatMap((row) => accountOf(row, uses.get(textIn(row, 'entity'))));
  if (accounts.length === 0) {
    return abstain(
      `no customer with both seats (Stripe subscriptions) and ${weeksMin} weeks of active users (metrics)`,
    );
  }
  const proven = new Set(discoveries(accounts, ({ z }) => chanceOf(z)));
  const growing = accounts.filter(
    (account) =>
      account.gained > 0 &&
      proven.has(account) &&
      account.now / account.seats >= fullFrom &&
      !account.leaving &&
      (health.get(account.entity) ?? wellFrom) >= wellFrom,
  );
  const insights = growing.map(({ entity, now, seats, gained, price, currency, z, weeks: known }): AgentInsight => {
    const more = Math.max(Math.ceil((now + gained * aheadWeeks) * spare) - seats, 1);
    const yearly = Math.round(more * price * 12);
    const full = `${percentOf(now / seats)} of ${seats} seats in use`;
    const { [entity]: points } = Object.fromEntries(health);
    return {
      kind: 'opportunity',
      entity,
      title: `${nameOf(entity)} outgrows its seats: ${full}`,
      detail: `Use grows by ${gained.toFixed(1)} users a week over ${known} weeks${points === undefined ? '' : `, and its health is ${Math.round(points)}`}. In half a year it needs about ${more} seats more: ${moneyOf(yearly, currency)} a year.`,
      evidence: [
        used.evidence(`${gained.toFixed(1)} users more a week`),
        sold.evidence(`${seats} seats at ${moneyOf(price, currency)}`),
        ...(points === undefined ? [] : [well.evidence(`health ${Math.round(points)}`)]),
      ],
      effect: { name: 'seats in use', value: Math.round((now / seats) * 1_000) / 1_000, unit: 'share' },
      confidence: confidenceOf({ z, n: known }),
      action: {
        text: `Offer ${nameOf(entity)} ${more} more seats before it runs out`,
        expectedValue: yearly,
        currency,
      },
    };
  });
  return found(ranked(insights), {
    'growing accounts': growing.map(({ entity }) => entity),
    // What came of earlier findings is judged by them. Those who grow first: of the others there may be many.
    seats: [...new Set([...growing, ...accounts])].slice(0, seatsMax).map(({ entity, seats }) => ({ entity, seats })),
  });
}

function accountOf(sold: JsonObject, used: JsonObject | undefined) {
  const weekly = listAt(used, 'weekly').flatMap((value) => numberAt(value) ?? []);
  const trend = mannKendall(weekly);
  if (!used || !trend || weekly.length < weeksMin) return [];
  const last = weekly.slice(-2);
  return [
    {
      entity: textIn(sold, 'entity'),
      seats: numberIn(sold, 'seats'),
      price: numberIn(sold, 'price'),
      currency: textIn(sold, 'currency'),
      leaving: numberIn(sold, 'leaving') === 1,
      gained: numberIn(used, 'gained'),
      now: last.reduce((sum, value) => sum + value, 0) / last.length,
      weeks: weekly.length,
      z: trend.z,
    },
  ];
}
