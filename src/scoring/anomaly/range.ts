/** The lowest and the highest value ever seen. */
export type Range = readonly [lowest: number, highest: number];

export const rangeAt = (value: number): Range => [value, value];

export const rangeAfter = (range: Range, value: number): Range =>
  value >= range[0] && value <= range[1] ? range : [Math.min(range[0], value), Math.max(range[1], value)];

/** How rare a value beyond the range is, in digits; 0 within. It grows with its distance, measured in ranges. */
export function rarityBeyond([lowest, highest]: Range, value: number): number {
  const beyond = Math.max(value - highest, lowest - value);
  if (beyond <= 0) return 0;
  const share = beyond / Math.max(highest - lowest, Math.abs(highest) * 1e-9, 1e-9);
  return Math.min(digitsAtEdge * (1 + Math.log10(1 + share / margin)), digitsMax);
}

/** A record by a hair: one in six hundred. */
const digitsAtEdge = 2.8;
/** So far beyond, as a share of the range, it is worth 0.3 times more. */
const margin = 0.05;
const digitsMax = 10;
