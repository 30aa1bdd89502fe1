import { z } from 'zod';
import { openings } from '../operations/episodes.ts';
import { read, unpriced } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';

/** Days on which a rule opened an alert, and weeks. Several of one day count as one, at their mean: a burst is no habit. */
const daysLeast = 8;
const weeksLeast = 5;
/**
 * Mean resultant lengths: 0 spread all around the clock, 1 always at the same time. What is spread over eight hours of work a day has 0.83, and
 * what is spread over five days of a week 0.35.
 */
const dailyLeast = 0.95;
const weeklyLeast = 0.9;

const row = z.object({
  name: z.string(),
  days: z.number(),
  weeks: z.number(),
  ofDay: z.number(),
  hour: z.number(),
  ofWeek: z.number(),
  weekHour: z.number(),
});

/** Alerts that come back at the same hour of the day or of the week: Rayleigh's test of times on a circle. */
export const recurringPatterns: Capability = async ({ ask }) => {
  const asked = await read(ask(question), row);
  const known = asked.rows.filter(({ days, weeks }) => days >= daysLeast || weeks >= weeksLeast);
  if (known.length === 0)
    return abstain(`No rule that opened alerts on ${daysLeast} days or in ${weeksLeast} weeks of the last 90 days.`);
  const patterns = known.flatMap(({ name, days, weeks, ofDay, hour, ofWeek, weekHour }) => {
    if (weeks >= weeksLeast && ofWeek >= weeklyLeast)
      return [
        {
          name,
          every: 'week',
          at: `${dayNames[Math.floor(weekHour / 24)]} ${clockOf(weekHour % 24)}`,
          times: weeks,
          length: ofWeek,
        },
      ];
    if (days >= daysLeast && ofDay >= dailyLeast)
      return [{ name, every: 'day', at: clockOf(hour), times: days, length: ofDay }];
    return [];
  });
  return found(
    ranked(
      patterns.map(({ name, every, at, times, length }) => ({
        kind: 'optimisation',
        entity: `rule:${name}`,
        title: `${name} comes back every ${every} around ${at}`,
        detail: `In ${times} ${every}s of the last 90 days it opened close to that time (UTC).`,
        evidence: [asked.evidence(`${name}: ${times} ${every}s, mean resultant length ${length}`)],
        effect: { name: 'concentration in time', value: length, unit: 'mean resultant length' },
        // Rayleigh: P(R or more by chance) ≈ exp(−n R²).
        confidence: Math.min(0.99, 1 - Math.exp(-times * length * length)),
        action: unpriced(
          `Look which job, batch or habit runs ${every === 'day' ? 'daily' : 'weekly'} around ${at}, and move or mend it`,
        ),
      })),
    ),
    { patterns },
  );
};

const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const clockOf = (hour: number): string => {
  const minutes = Math.round(hour * 60) % 1_440;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
};

/**
 * Each day counts once, as the mean of its openings on the circle, and so does each week: what opens all day long has no mean, and the first
 * of a day would say that it comes at midnight.
 */
const question = `WITH ${openings}, opened AS (
  SELECT name, toDate(at) AS day, toMonday(at) AS week, 2 * pi() * (toUnixTimestamp(at) - toUnixTimestamp(day)) / 86400 AS ofDay,
    2 * pi() * (toUnixTimestamp(at) - toUnixTimestamp(week)) / 604800 AS ofWeek
  FROM openings
), daily AS (
  SELECT name, count() AS days, sum(sine) AS s, sum(cosine) AS c
  FROM (SELECT name, day, avg(sin(ofDay)) AS sine, avg(cos(ofDay)) AS cosine FROM opened GROUP BY name, day)
  GROUP BY name
), weekly AS (
  SELECT name, count() AS weeks, sum(sine) AS s, sum(cosine) AS c
  FROM (SELECT name, week, avg(sin(ofWeek)) AS sine, avg(cos(ofWeek)) AS cosine FROM opened GROUP BY name, week)
  GROUP BY name
)
SELECT daily.name AS name, days, weeks,
  round(hypot(daily.s, daily.c) / days, 3) AS ofDay, round(positiveModulo(atan2(daily.s, daily.c) / (2 * pi()) * 24, 24), 2) AS hour,
  round(hypot(weekly.s, weekly.c) / weeks, 3) AS ofWeek,
  round(positiveModulo(atan2(weekly.s, weekly.c) / (2 * pi()) * 168, 168), 2) AS weekHour
FROM daily JOIN weekly USING (name)
ORDER BY name`;
