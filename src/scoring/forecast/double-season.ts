/** Lengths of two seasons, the short one within the long: day and week. */
export interface Seasons {
  readonly short: number;
  readonly long: number;
}

/** Where the smoothing stands at one place; the two cycles are the walk's own and change with its next step. */
export interface Standing {
  readonly at: number;
  readonly level: number;
  /** What the last value was beside what was expected of it. */
  readonly error: number;
  readonly short: Float64Array;
  readonly long: Float64Array;
}

/**
 * Exponential smoothing with two seasons and errors that fade (Taylor 2010, in the form of its errors):
 * `e = y − (l + d + w)`, then `l += α e, d += δ e, w += ω e`; step `h` is `l + d + w + φ^h e`. `visit` sees where it stands
 * before each position of `origins` (ascending; the last may be the number of values).
 */
export function smoothTwice(
  values: Float64Array,
  start: Standing,
  [alpha = 0, delta = 0, omega = 0]: readonly number[],
  origins: readonly number[],
  visit: (standing: Standing) => void,
): void {
  // Typed arrays, and indices that wrap by hand: this loop runs some dozen times over a thousand values in a millisecond.
  const short = Float64Array.from(start.short);
  const long = Float64Array.from(start.long);
  let { level, error } = start;
  let [shortAt, longAt, next] = [0, 0, 0];
  for (let at = 0; ; at += 1) {
    if (at === origins[next]) {
      visit({ at, level, error, short, long });
      next += 1;
    }
    if (at >= values.length) return;
    error = (values[at] ?? 0) - level - (short[shortAt] ?? 0) - (long[longAt] ?? 0);
    level += alpha * error;
    short[shortAt] = (short[shortAt] ?? 0) + delta * error;
    long[longAt] = (long[longAt] ?? 0) + omega * error;
    shortAt = shortAt + 1 === short.length ? 0 : shortAt + 1;
    longAt = longAt + 1 === long.length ? 0 : longAt + 1;
  }
}

/** The mean |y − forecast| over the steps of `values` that lie ahead of where it stands, up to `horizon`. */
export function errorAhead(
  values: Float64Array,
  { at, level, error, short, long }: Standing,
  carry: number,
  horizon: number,
): number {
  const to = Math.min(values.length, at + horizon);
  let left = error;
  let sum = 0;
  let [shortAt, longAt] = [at % short.length, at % long.length];
  for (let step = at; step < to; step += 1) {
    left *= carry;
    sum += Math.abs((values[step] ?? 0) - level - left - (short[shortAt] ?? 0) - (long[longAt] ?? 0));
    shortAt = shortAt + 1 === short.length ? 0 : shortAt + 1;
    longAt = longAt + 1 === long.length ? 0 : longAt + 1;
  }
  return to > at ? sum / (to - at) : 0;
}

/** The first long cycle: its mean, what each phase of the short cycle is beside it, and what is left for the long one. */
export function startOf(values: Float64Array, seasons: Seasons): Standing {
  const first = values.subarray(0, seasons.long);
  const level = first.reduce((sum, value) => sum + value, 0) / Math.max(first.length, 1);
  const short = new Float64Array(seasons.short);
  const cycles = seasons.long / seasons.short;
  for (const [at, value] of first.entries())
    short[at % short.length] = (short[at % short.length] ?? 0) + (value - level) / cycles;
  const long = first.map((value, at) => value - level - (short[at % short.length] ?? 0));
  return { at: 0, level, error: 0, short, long };
}
