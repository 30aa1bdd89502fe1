/**
 * A straight line through a stream of points, each weighing less than the next: recursive least squares with forgetting.
 * Kept as weighted means and centred sums, so that large times and values lose no digits. Six numbers.
 */
export type Line = {
  /** Σw, and Σw² for how many points that is worth. */
  readonly mass: number;
  readonly massOfSquares: number;
  readonly meanX: number;
  readonly meanY: number;
  readonly xx: number;
  readonly xy: number;
  readonly yy: number;
};

export const noLine: Line = { mass: 0, massOfSquares: 0, meanX: 0, meanY: 0, xx: 0, xy: 0, yy: 0 };

/** One more point; what came before keeps `forgetting` of its weight, 0 < forgetting ≤ 1. */
export function lineAfter(line: Line, x: number, y: number, forgetting: number): Line {
  const before = line.mass * forgetting;
  const mass = before + 1;
  const [dx, dy] = [x - line.meanX, y - line.meanY];
  const share = before / mass;
  return {
    mass,
    massOfSquares: line.massOfSquares * forgetting ** 2 + 1,
    meanX: line.meanX + dx / mass,
    meanY: line.meanY + dy / mass,
    xx: line.xx * forgetting + dx * dx * share,
    xy: line.xy * forgetting + dx * dy * share,
    yy: line.yy * forgetting + dy * dy * share,
  };
}

export interface Slope {
  /** Of y for one x. */
  readonly slope: number;
  /** The slope in its standard errors. ±Infinity where the points lie on the line. */
  readonly t: number;
  /** How many points of equal weight the weights are worth: (Σw)² / Σw². */
  readonly points: number;
}

/**
 * The slope and its t-value; without forgetting those of ordinary least squares. Undefined where there are fewer than
 * three points' worth, or all at one x.
 */
export function slopeOf(line: Line): Slope | undefined {
  const points = line.mass ** 2 / line.massOfSquares;
  if (!(points > 2 + 1e-9) || !(line.xx > 0)) return undefined;
  const slope = line.xy / line.xx;
  // Below this the residuals are rounding errors of the sums.
  const unexplained = Math.max(0, line.yy - slope * line.xy - line.yy * 1e-12);
  const t = slope === 0 ? 0 : slope * Math.sqrt(((points - 2) * line.xx) / unexplained);
  return { slope, t, points };
}
