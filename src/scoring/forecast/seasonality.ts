/** How a season acts on what it is on: as a factor of it, or as an amount beside it. */
export type SeasonKind = 'multiplicative' | 'additive';

/** One cycle of a season: `indices[t mod length]` belongs to the value at position `t`. */
export interface Season {
  readonly kind: SeasonKind;
  /** Factors with mean 1, or amounts with mean 0. */
  readonly indices: readonly number[];
}

/** Classical decomposition: the mean of what each phase of the cycle is beside a centred moving average of a cycle. */
export function seasonOf(values: readonly number[], length: number, kind: SeasonKind): Season {
  return { kind, indices: normalised(phasesOf(besideAverage(values, length, kind), length, kind), kind) };
}

/**
 * The season as far as it is steady from cycle to cycle: classical indices, shrunk towards none by the part of their
 * variance that chance explains, `1 − σ² / (cycles × variance of the indices)` (empirical Bayes; Miller & Williams 2003 shrink
 * with the same aim). Where there is no season, little is left of one, so no test has to come first.
 * Multiplicative where values go by factors. Undefined below two cycles.
 */
export function steadySeasonOf(values: readonly number[], length: number): Season | undefined {
  if (length < 2 || values.length < 2 * length) return undefined;
  const kind = goesByFactors(values) ? 'multiplicative' : 'additive';
  const neutral = neutralOf(kind);
  const beside = besideAverage(values, length, kind);
  const indices = normalised(phasesOf(beside, length, kind), kind);
  const seen = beside.values.length;
  const unexplained = beside.values.reduce(
    (sum, value, index) => sum + (value - (indices[(beside.from + index) % length] ?? neutral)) ** 2,
    0,
  );
  const chance = (unexplained / Math.max(seen - length, 1)) * (length / seen);
  const variance = indices.reduce((sum, index) => sum + (index - neutral) ** 2, 0) / (length - 1);
  const kept = variance > 0 ? Math.max(0, 1 - chance / variance) : 0;
  return { kind, indices: indices.map((index) => neutral + kept * (index - neutral)) };
}

/** All values are above 0, and far enough from it to divide by them. */
export function goesByFactors(values: readonly number[]): boolean {
  const most = Math.max(...values);
  return most > 1e-200 && values.every((value) => value > most * 1e-6);
}

/** The values without their season. */
export function adjusted(values: readonly number[], { kind, indices }: Season): readonly number[] {
  return values.map((value, at) => {
    const index = indices[at % indices.length] ?? 0;
    return kind === 'multiplicative' ? value / index : value - index;
  });
}

/** What the season adds at position `at` to a value without it. */
export function seasonalPart(plain: number, at: number, { kind, indices }: Season): number {
  const index = indices[at % indices.length] ?? 0;
  return kind === 'multiplicative' ? plain * (index - 1) : index;
}

/**
 * The M4 competition's test for a season: |r_m| > 1.645 √((1 + 2 Σ_{i<m} r_i²) / n), and at least three cycles seen
 * (Makridakis, Spiliotis, Assimakopoulos 2020).
 */
export function isSeasonal(values: readonly number[], length: number): boolean {
  if (length < 2 || values.length < 3 * length) return false;
  const correlations = autocorrelations(values, length);
  const before = correlations.slice(0, -1).reduce((sum, r) => sum + r * r, 0);
  return Math.abs(correlations[length - 1] ?? 0) > 1.645 * Math.sqrt((1 + 2 * before) / values.length);
}

/** Autocorrelations of lags 1 … `lags`. A constant series has none. */
function autocorrelations(values: readonly number[], lags: number): readonly number[] {
  const mean = meanOf(values);
  const apart = values.map((value) => value - mean);
  const power = apart.reduce((sum, value) => sum + value * value, 0);
  return Array.from({ length: lags }, (_, lag) => {
    let together = 0;
    for (let at = lag + 1; at < apart.length; at += 1) together += (apart[at] ?? 0) * (apart[at - lag - 1] ?? 0);
    return power > 0 ? together / power : 0;
  });
}

/** Values with a whole cycle around them, each beside the centred moving average of that cycle. */
interface Beside {
  /** Position of the first. */
  readonly from: number;
  readonly values: readonly number[];
}

function besideAverage(values: readonly number[], length: number, kind: SeasonKind): Beside {
  const half = Math.floor(length / 2);
  const even = length % 2 === 0;
  const beside: number[] = [];
  let sum = 0;
  for (let at = 0; at <= 2 * half && at < values.length; at += 1) sum += values[at] ?? 0;
  for (let at = half; at + half < values.length; at += 1) {
    const [first, last, value] = [values[at - half] ?? 0, values[at + half] ?? 0, values[at] ?? 0];
    // Of an even cycle there is half a value at each end.
    const average = (even ? sum - (first + last) / 2 : sum) / length;
    beside.push(kind === 'multiplicative' ? value / average : value - average);
    sum += (values[at + half + 1] ?? 0) - first;
  }
  return { from: half, values: beside };
}

function phasesOf(beside: Beside, length: number, kind: SeasonKind): readonly number[] {
  const sums = Array.from({ length }, () => 0);
  const counts = Array.from({ length }, () => 0);
  for (const [index, value] of beside.values.entries()) {
    const phase = (beside.from + index) % length;
    sums[phase] = (sums[phase] ?? 0) + value;
    counts[phase] = (counts[phase] ?? 0) + 1;
  }
  return sums.map((sum, phase) => {
    const count = counts[phase] ?? 0;
    return count > 0 ? sum / count : neutralOf(kind);
  });
}

function normalised(indices: readonly number[], kind: SeasonKind): readonly number[] {
  const mean = meanOf(indices);
  return indices.map((index) => (kind === 'multiplicative' ? index / mean : index - mean));
}

const neutralOf = (kind: SeasonKind): number => (kind === 'multiplicative' ? 1 : 0);

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
