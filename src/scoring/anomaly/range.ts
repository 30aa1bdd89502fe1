/** The lowest and the highest value ever seen. */
export type Range = {
  readonly lowest: number;
  readonly highest: number;
};

export const rangeAt = (value: number): Range => ({ lowest: value, highest: value });

export const rangeAfter = ({ lowest, highest }: Range, value: number): Range =>
  value >= lowest && value <= highest
    ? { lowest, highest }
    : { lowest: Math.min(lowest, value), highest: Math.max(highest, value) };

/** How rare a value beyond the range is, in digits; 0 within. It grows with its distance, measured in ranges. */
export function rarityBeyond({ lowest, highest }: Range, value: number): number {
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
