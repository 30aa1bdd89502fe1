/**
 * The upper tail of a statistic, learned as it runs: an edge that one value in a hundred exceeds, and by how much those
 * exceed it on average. Beyond the edge the tail is taken as exponential: peaks over a threshold as in SPOT (Siffer et
 * al. 2017, KDD) with shape 0, which needs two numbers and no fit.
 */
export type Tail = readonly [edge: number, excess: number];

export const tailAt = (value: number): Tail => [value, Math.max(Math.abs(value), excessMin)];

/**
 * How rare a value is, in digits: −log₁₀ of the share of values that are at least as large. 0 up to the edge, then 2 and
 * more; 3 is one in a thousand. Every statistic is measured by it, so that they can be compared.
 */
export function rarityOf([edge, excess]: Tail, value: number): number {
  return value > edge ? -Math.log10(edgeShare) + ((value - edge) / excess) * Math.LOG10E : 0;
}

/** The tail after one more value. A value teaches at most as if it lay `clipAt` excesses beyond the edge. */
export function tailAfter([edge, excess]: Tail, value: number, seen: number, warm: boolean): Tail {
  const taught = warm ? Math.min(value, edge + clipAt * excess) : value;
  const beyond = taught - edge;
  const step = 3 * Math.max(2 * rate, 0.5 / Math.sqrt(seen + 1));
  if (beyond <= 0) return [edge - step * edgeShare * excess, excess];
  // Only values beyond the edge teach of the excess: they are few, so each counts for more, the first ones most.
  const weight = Math.min(Math.max(rate / (2 * edgeShare), 1 / (1 + seen * edgeShare)), 0.3);
  const learned = Math.max(excess + weight * (beyond - excess), excessMin);
  return [edge + step * (1 - edgeShare) * learned, learned];
}

const edgeShare = 0.01;
const rate = 0.002;
const clipAt = 12;
/** The statistics are distances in spreads: less than this is nothing. */
const excessMin = 1e-9;
