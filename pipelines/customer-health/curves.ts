type Curve = readonly (readonly [from: number, to: number])[];

/** An even tone is a good sign in business; a measure falls from a little below it. */
export const toneToMeasure: Curve = [
  [-0.8, 0],
  [-0.3, 0.5],
  [0, 0.85],
  [0.5, 1],
];
export const urgencyToMeasure: Curve = [
  [0.2, 0.95],
  [0.4, 0.75],
  [0.7, 0.25],
  [1, 0],
];
export const engagementToMeasure: Curve = [
  [-1, 0],
  [-0.5, 0.35],
  [0, 0.9],
  [0.5, 1],
];
export const trendToMeasure: Curve = [
  [-0.5, 0],
  [-0.15, 0.8],
  [0, 0.9],
  [0.2, 1],
];

/** Straight lines between the points, level beyond them. */
export function between(value: number, curve: Curve): number {
  const above = curve.findIndex(([from]) => from >= value);
  const [left, right] = [curve[above - 1], curve[above]];
  if (!right) return curve.at(-1)?.[1] ?? 0;
  if (!left) return right[1];
  return left[1] + ((value - left[0]) / (right[0] - left[0])) * (right[1] - left[1]);
}
