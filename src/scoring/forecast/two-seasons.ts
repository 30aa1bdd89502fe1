import { errorAhead, smoothTwice, startOf, type Seasons, type Standing } from './double-season.ts';
import { blended, pointsOf, usualMin, type Fit, type Outlook } from './outlook.ts';
import { leastNear } from './search.ts';
import { goesByFactors } from './seasonality.ts';

/**
 * For histories with a season within a season (hourly ones: days within weeks): smoothing with two seasons, once of the
 * values and once of their logarithms where they go by factors; rates by the errors of whole outlooks from the last origins,
 * and the two blended by the inverse square of those errors.
 */
export function twoSeasons(history: readonly number[], seasons: Seasons, horizon: number): Fit {
  const values = Float64Array.from(history);
  const origins = originsOf(values.length, seasons);
  const spaces = goesByFactors(history) ? [asIs, logarithms] : [asIs];
  const runs = spaces.map((space) => outlooksIn(space, values, seasons, origins, horizon));
  const weights = weightsBy(runs.map((outlooks) => meanMiss(missesOf(values, origins, outlooks))));
  const outlooks = [...origins, values.length].map((_, index) =>
    blended(runs.flatMap((run, which) => withWeight(run[index], weights[which] ?? 0))),
  );
  const misses = missesOf(values, origins, outlooks);
  const usual = usualOf(misses, horizon);
  return {
    outlook: outlooks.at(-1) ?? blended([]),
    usual,
    misses: misses.map((list) => list.map((miss, step) => (chosenByThem * miss) / (usual[step] ?? 1))),
  };
}

/** By the inverse square of the errors; what made none has all the weight. */
function weightsBy(errors: readonly number[]): readonly number[] {
  const least = Math.min(...errors);
  return errors.map((error) => (error === least ? 1 : (least / error) ** 2));
}

const withWeight = (outlook: Outlook | undefined, weight: number) => (outlook ? [{ outlook, weight }] : []);

/** The space a history is smoothed in. */
interface Space {
  into(value: number): number;
  back(value: number): number;
}
const asIs: Space = { into: (value) => value, back: (value) => value };
/** In it what is forecast grows and shrinks by factors. */
const logarithms: Space = { into: Math.log, back: Math.exp };

/** Days, each once an origin, up to a fortnight back; the first long cycle is what smoothing starts from. */
function originsOf(count: number, { short, long }: Seasons): readonly number[] {
  return Array.from({ length: originsMax }, (_, index) => count - (originsMax - index) * short).filter(
    (origin) => origin >= long,
  );
}

const originsMax = 14;
/** The latest of them choose the rates. */
const choosingOrigins = 10;

/** Outlooks from each of the origins and, last, from the end of the history. */
function outlooksIn(
  space: Space,
  values: Float64Array,
  seasons: Seasons,
  origins: readonly number[],
  horizon: number,
): readonly Outlook[] {
  const turned = values.map((value) => space.into(value));
  const start = startOf(turned, seasons);
  const cost = (rates: readonly number[]): number => {
    let sum = 0;
    smoothTwice(turned, start, rates, origins.slice(-choosingOrigins), (standing) => {
      sum += errorAhead(turned, standing, rates[3] ?? 0, horizon);
    });
    return sum;
  };
  const rates = leastNear(cost, axes, 0);
  const outlooks: Outlook[] = [];
  smoothTwice(turned, start, rates, [...origins, values.length], (standing) => {
    outlooks.push(ahead(standing, rates[3] ?? 0, horizon, space));
  });
  return outlooks;
}

/** Rates of level, short and long season, and how much of an error is carried to the next step. */
const axes = [
  { start: 0.02, min: 0, max: 0.9, step: 0.1 },
  { start: 0.3, min: 0, max: 0.9, step: 0.2 },
  { start: 0.3, min: 0, max: 0.9, step: 0.2 },
  { start: 0.9, min: 0, max: 0.99, step: 0.2 },
];

/** The fading error is told as trend: it is where the forecast goes from, apart from the seasons. */
function ahead({ at, level, error, short, long }: Standing, carry: number, horizon: number, space: Space): Outlook {
  const base = space.back(level);
  const trend: number[] = [];
  const season: number[] = [];
  let left = error;
  for (let step = at; step < at + horizon; step += 1) {
    left *= carry;
    const plain = space.back(level + left);
    const cycle = (short[step % short.length] ?? 0) + (long[step % long.length] ?? 0);
    trend.push(plain - base);
    season.push(space.back(level + left + cycle) - plain);
  }
  return { level: base, trend, season };
}

function missesOf(
  values: Float64Array,
  origins: readonly number[],
  outlooks: readonly Outlook[],
): readonly (readonly number[])[] {
  return origins.map((origin, index) => {
    const outlook = outlooks[index];
    const points = outlook ? pointsOf(outlook).slice(0, values.length - origin) : [];
    return points.map((point, step) => (values[origin + step] ?? 0) - point);
  });
}

function meanMiss(misses: readonly (readonly number[])[]): number {
  const all = misses.flat();
  return all.reduce((sum, miss) => sum + Math.abs(miss), 0) / Math.max(all.length, 1);
}

/** The usual error of each step, with its neighbours', and a little of all: an error at night is not one at noon. */
function usualOf(misses: readonly (readonly number[])[], horizon: number): readonly number[] {
  const overall = meanMiss(misses);
  return Array.from({ length: horizon }, (_, step) => {
    let [sum, count] = [overallCounts * overall, overallCounts];
    for (const list of misses) {
      for (const miss of list.slice(Math.max(step - 1, 0), step + 2)) {
        sum += Math.abs(miss);
        count += 1;
      }
    }
    return Math.max(sum / count, usualMin);
  });
}

const overallCounts = 4;

/** The rates were chosen by these very errors, so that new ones are larger. */
const chosenByThem = 1.15;
