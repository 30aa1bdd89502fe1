import { blended, pointsOf, usualMin, type Fit, type Outlook } from './outlook.ts';
import { adjusted, goesByFactors, seasonalPart, steadySeasonOf, type Season } from './seasonality.ts';
import { damped, smoothed, theta, type Path } from './smoothing.ts';

/**
 * For histories with one season or none: the season taken out as far as it is steady, the mean of Theta and of damped Holt
 * on what is left, and the season put back. `length` is that of the season; 1 for none.
 *
 * Its errors are those of the same procedure at the last origins, from what was known there alone.
 */
export function oneSeason(values: readonly number[], length: number, horizon: number): Fit {
  const season = steadySeasonOf(values, length);
  const plain = season ? adjusted(values, season) : values;
  const { alpha, usualError } = smoothed(plain);
  const growth = (step: number): number => Math.sqrt(1 + step * alpha * alpha);
  const size = sizeOf(values, length);
  const now = size(values.length);
  const misses = originsOf(values.length, length, horizon).map((origin) => {
    const steps = Math.min(horizon, values.length - origin);
    const said = pointsOf(outlookOf(values.slice(0, origin), length, steps));
    const grown = now / size(origin);
    return said.map((point, step) => (((values[origin + step] ?? 0) - point) * grown) / growth(step));
  });
  const one = usualOf(misses, usualError);
  return {
    outlook: ahead(plain, season, horizon),
    usual: Array.from({ length: horizon }, (_, step) => one * growth(step)),
    misses: misses.map((list) => list.map((miss) => miss / one)),
  };
}

function outlookOf(values: readonly number[], length: number, horizon: number): Outlook {
  const season = steadySeasonOf(values, length);
  return ahead(season ? adjusted(values, season) : values, season, horizon);
}

/** Equal weights: on short histories, weights by recent errors are mostly chance, and were worse. */
function ahead(plain: readonly number[], season: Season | undefined, horizon: number): Outlook {
  const paths = [theta(plain, horizon), damped(plain, horizon)];
  return blended(paths.map((path) => ({ outlook: seasoned(path, season, plain.length), weight: 1 })));
}

function seasoned({ level, trend }: Path, season: Season | undefined, from: number): Outlook {
  const parts = trend.map((part, step) => (season ? seasonalPart(level + part, from + step, season) : 0));
  return { level, trend, season: parts };
}

/** Origins of earlier outlooks, latest first: half as far back again as the horizon, in eight steps, where enough was known. */
function originsOf(count: number, length: number, horizon: number): readonly number[] {
  const stride = Math.max(1, Math.round((1.5 * horizon) / originsMax));
  const least = Math.max(2 * length + 2, Math.min(8, count - 4), 1);
  return Array.from({ length: originsMax }, (_, index) => count - (index + 1) * stride).filter(
    (origin) => origin >= least,
  );
}

const originsMax = 8;

/** What errors are in proportion to: the mean of the last cycle where values go by factors, else nothing. */
function sizeOf(values: readonly number[], length: number): (before: number) => number {
  if (!goesByFactors(values)) return () => 1;
  return (before) => {
    const cycle = values.slice(Math.max(0, before - length), before);
    return cycle.reduce((sum, value) => sum + value, 0) / Math.max(cycle.length, 1);
  };
}

/** The usual error of a first step: of the outlooks made, and of one step within the history as if it were eight of them. */
function usualOf(misses: readonly (readonly number[])[], withinHistory: number): number {
  let [sum, mass] = [withinMass * withinHistory, withinMass];
  for (const list of misses) {
    const weight = 1 / Math.sqrt(list.length);
    for (const miss of list) sum += weight * Math.abs(miss);
    mass += weight * list.length;
  }
  return Math.max(sum / mass, usualMin);
}

const withinMass = 8;
