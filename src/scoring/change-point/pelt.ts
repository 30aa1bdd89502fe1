/** What it costs to take `[from, to)` for one segment. */
export type SegmentCost = (from: number, to: number) => number;

export interface PeltOptions {
  /** What each segment costs beside what is in it. */
  readonly penalty: number;
  /** By how much two parts may cost more than the whole they are parts of; 0 for a sum of squares. */
  readonly slack: number;
  /** Indices in a segment, at least. */
  readonly segmentMin: number;
}

/**
 * Where to part `0 … length` so that all segments' costs and penalties are least: PELT (Killick, Fearnhead & Eckley 2012),
 * exact, and quicker the more changes there are. Gives the first index of every segment but the first.
 */
export function pelt(length: number, cost: SegmentCost, options: PeltOptions): readonly number[] {
  const { penalty, slack, segmentMin } = options;
  /** Least cost of `[0, end)`, and where its last segment begins. */
  const least = [-penalty];
  const begins = [0];
  let candidates: Candidate[] = [];
  for (let end = segmentMin; end <= length; end += 1) {
    const begin = end - segmentMin;
    if (least[begin] !== undefined) candidates.push({ begin, last: Infinity, costs: Infinity });
    let best: Candidate | undefined;
    for (const candidate of candidates) {
      candidate.costs = (least[candidate.begin] ?? Infinity) + cost(candidate.begin, end);
      if (!best || candidate.costs < best.costs) best = candidate;
    }
    if (!best) continue;
    const total = best.costs + penalty;
    least[end] = total;
    begins[end] = best.begin;
    candidates = candidates.filter((candidate) => stays(candidate, end, total + slack, segmentMin));
  }
  const changes: number[] = [];
  for (let begin = begins[length] ?? 0; begin > 0; begin = begins[begin] ?? 0) changes.unshift(begin);
  return changes;
}

/** Where a last segment may begin. */
interface Candidate {
  readonly begin: number;
  /** After this end it can be no best any more. */
  last: number;
  costs: number;
}

/**
 * What is dearer than beginning anew at `end` stays so for every later end that leaves room for a segment after `end`;
 * for the ends before that it is still needed.
 */
function stays(candidate: Candidate, end: number, bar: number, segmentMin: number): boolean {
  if (candidate.costs > bar && candidate.last === Infinity) candidate.last = end + segmentMin - 1;
  return end < candidate.last;
}
