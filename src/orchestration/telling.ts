import type { Finding } from '../core/orchestration.ts';

/** As in the paper: places far down hardly differ. */
const k = 60;

/**
 * The most telling first: those about whom the run is about, and among them by place in three orders at once (reciprocal rank fusion:
 * Cormack, Clarke and Buettcher 2009): how sure, what it is worth, how many found it. Worths in different currencies cannot be
 * compared, so they count by place in their own.
 */
export function byTelling(findings: readonly Finding[], entity: string | null): readonly Finding[] {
  const orders = [
    placesBy(findings, ({ confidence }) => confidence),
    worthPlaces(findings),
    placesBy(findings, ({ by }) => new Set(by.map(({ agent }) => agent)).size),
  ];
  const score = (finding: Finding) =>
    orders.reduce((sum, places) => sum + 1 / (k + (places.get(finding) ?? findings.length)), 0);
  const scored = findings.map((finding) => ({ finding, score: score(finding), asked: finding.entity === entity }));
  return scored
    .toSorted(
      (a, b) => Number(b.asked) - Number(a.asked) || b.score - a.score || (a.finding.id < b.finding.id ? -1 : 1),
    )
    .map(({ finding }) => finding);
}

function worthPlaces(findings: readonly Finding[]): ReadonlyMap<Finding, number> {
  const currencies = new Set(
    findings.flatMap(({ action }) => (action.expectedValue === null ? [] : [action.currency])),
  );
  return new Map(
    [...currencies].flatMap((currency) => [
      ...placesBy(
        findings.filter(({ action }) => action.expectedValue !== null && action.currency === currency),
        ({ confidence, action }) => confidence * Math.abs(action.expectedValue ?? 0),
      ),
    ]),
  );
}

/** Place by a figure, the greatest first, 1 … ; equals share one. */
function placesBy(findings: readonly Finding[], of: (finding: Finding) => number): ReadonlyMap<Finding, number> {
  const values = findings.map(of).toSorted((a, b) => b - a);
  return new Map(findings.map((finding) => [finding, values.indexOf(of(finding)) + 1]));
}
