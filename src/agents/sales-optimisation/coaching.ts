import type { AgentInsight } from '../../core/agent.ts';
import type { JsonObject } from '../../core/json.ts';
import { numberAt, textAt } from '../../core/read.ts';
import { abstain, found, ranked, type Analysis, type Found } from '../shared/analyst.ts';
import { asOf } from '../shared/sql.ts';
import {
  apartOf,
  chanceOf,
  confidenceOf,
  discoveries,
  usualLevel,
  welch,
  withOthers,
  type Sample,
} from '../shared/statistics.ts';
import { about, moneyOf, numberIn, textIn } from '../shared/telling.ts';
import { deals } from './deals.ts';

const days = 270;
const closedMin = 8;

/** What sellers do with their deals, and what to practise. */
const habits = [
  { name: 'nextSteps', told: 'next steps noted a deal', advice: 'end every meeting with a next step in the CRM' },
  { name: 'pushes', told: 'times the closing is put off', advice: 'agree on closing dates with the customer' },
  { name: 'discount', told: 'of the price given away', advice: 'trade discounts for something in return' },
] as const;

const sampled = habits
  .map(({ name }) => `round(avg(${name}), 6) AS ${name}Mean, round(varSamp(${name}), 6) AS ${name}Variance`)
  .join(', ');
const ofClosed = `closed AND seller != '' AND stageSince > ${asOf} - INTERVAL ${days} DAY`;

const bySeller = `
  SELECT seller, count() AS n, countIf(won) AS wins, round(avgIf(amount, won), 2) AS size, max(currency) AS unit, ${sampled}
  FROM ${deals} WHERE ${ofClosed} GROUP BY seller ORDER BY seller`;
const byOutcome = `
  SELECT won, count() AS n, ${sampled} FROM ${deals} WHERE ${ofClosed} GROUP BY won ORDER BY won`;

type Habit = (typeof habits)[number];

/** A habit matters where won deals differ in it from lost ones; a seller is to be coached who has it to the worse of all others. */
export async function coaching({ ask }: Analysis): Promise<Found> {
  const [sellers, outcomes] = [await ask(bySeller), await ask(byOutcome)];
  const [lost, won] = [0, 1].map((value) => outcomes.rows.find((row) => numberIn(row, 'won') === value));
  const known = sellers.rows.filter((row) => numberIn(row, 'n') >= closedMin);
  if (!lost || !won || numberIn(lost, 'n') < closedMin || numberIn(won, 'n') < closedMin || known.length < 2) {
    return abstain(
      `fewer than ${closedMin} deals won, ${closedMin} lost, and two sellers with as many closed: habits cannot be told`,
    );
  }
  const matter = discoveries(
    habits.map((habit) => ({ habit, difference: welch(sampleIn(won, habit), sampleIn(lost, habit)) })),
    ({ difference }) => chanceOf(difference.z),
  );
  const gaps = matter.flatMap(({ habit, difference: { z } }) =>
    apartOf(
      known,
      withOthers((row, others) => welch(sampleIn(row, habit), allOf(others, habit))),
      usualLevel / matter.length,
    ).map(({ one: row, others, difference: gap }) => ({
      habit,
      row,
      others: allOf(others, habit),
      gap,
      good: Math.sign(z),
    })),
  );
  const told = gaps.filter(({ gap, good }) => Math.sign(gap.z) === -good);
  const insights = told.map(({ habit, row, others, gap }): AgentInsight => {
    const seller = textIn(row, 'seller');
    const mine = sampleIn(row, habit);
    const [ofWon, ofLost] = [sampleIn(won, habit), sampleIn(lost, habit)];
    const currency = textAt(row, 'unit') ?? null;
    const worth = worthOf(row, mine, others, ofWon, ofLost, outcomes.rows);
    const figure = `${about(mine.mean)} ${habit.told}, colleagues ${about(others.mean)}`;
    return {
      kind: 'optimisation',
      entity: `seller:${seller}`,
      title: `Seller ${seller}: ${figure}`,
      detail: `Deals that are won have ${about(ofWon.mean)}, those that are lost ${about(ofLost.mean)}.${worth === null ? '' : ` With colleagues' habits it would be worth about ${moneyOf(worth, currency)} a year, if the habit is the cause.`}`,
      evidence: [
        sellers.evidence(figure),
        outcomes.evidence(`${about(ofWon.mean)} in won deals, ${about(ofLost.mean)} in lost ones`),
      ],
      effect: { name: "Cohen's d", value: Math.round(cohensD(mine, others) * 100) / 100, unit: 'standard deviations' },
      confidence: confidenceOf(gap),
      action: { text: `Coach ${seller}: ${habit.advice}`, expectedValue: worth, currency },
    };
  });
  return found(ranked(insights), {
    'sellers to coach': told.map(({ row, habit }) => `${textIn(row, 'seller')}: ${habit.name}`),
  });
}

const sampleIn = (row: JsonObject, { name }: Habit): Sample => ({
  n: numberIn(row, 'n'),
  mean: numberIn(row, `${name}Mean`),
  variance: numberAt(row, `${name}Variance`) ?? 0,
});

const allOf = (rows: readonly JsonObject[], habit: Habit): Sample => pooled(rows.map((row) => sampleIn(row, habit)));

/** Several samples as one. */
function pooled(samples: readonly Sample[]): Sample {
  const n = samples.reduce((sum, sample) => sum + sample.n, 0);
  const mean = samples.reduce((sum, sample) => sum + sample.n * sample.mean, 0) / Math.max(n, 1);
  const squares = samples.reduce(
    (sum, sample) => sum + (sample.n - 1) * sample.variance + sample.n * (sample.mean - mean) ** 2,
    0,
  );
  return { n, mean, variance: squares / Math.max(n - 1, 1) };
}

/** Cohen (1988): the difference of means over the pooled deviation. */
function cohensD(a: Sample, b: Sample): number {
  const variance = ((a.n - 1) * a.variance + (b.n - 1) * b.variance) / Math.max(a.n + b.n - 2, 1);
  return variance > 0 ? (a.mean - b.mean) / Math.sqrt(variance) : 0;
}

/** By the line between lost and won deals: how much more of the seller's deals would be won, at their size, in a year. */
function worthOf(row: JsonObject, mine: Sample, others: Sample, won: Sample, lost: Sample, all: readonly JsonObject[]) {
  const size = numberAt(row, 'size') ?? 0;
  const [n, spread] = [all.reduce((sum, each) => sum + numberIn(each, 'n'), 0), pooled([won, lost]).variance];
  if (size <= 0 || spread <= 0) return null;
  const share = won.n / n;
  // The slope of a regression of winning (0 or 1) on the habit.
  const slope = (share * (1 - share) * (won.mean - lost.mean)) / spread;
  const gained = Math.min(Math.max((others.mean - mine.mean) * slope, 0), 1);
  return Math.round(gained * mine.n * size * (365 / days));
}
