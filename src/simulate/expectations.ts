import { type Alert, type Severity, severities } from '../core/alert.ts';
import type { Expected } from './scenario.ts';

/** What an alert shows of itself to be told from others. */
export type Seen = Pick<Alert, 'kind' | 'entity' | 'severity' | 'rule' | 'openedAt'>;

/** Which of the expected alerts are among those seen. One that is severe enough for several expectations meets them all. */
export function meet(
  expected: readonly Expected[],
  seen: readonly Seen[],
): { readonly met: readonly Expected[]; readonly missing: readonly Expected[] } {
  const isMet = (one: Expected) => seen.some((alert) => meets(one, alert));
  return { met: expected.filter(isMet), missing: expected.filter((one) => !isMet(one)) };
}

/** By kind, entity, severity, rule where named, and when it was opened. */
function meets(expected: Expected, alert: Seen): boolean {
  const opened = Date.parse(alert.openedAt);
  return (
    alert.kind === expected.kind &&
    alert.entity === expected.entity &&
    rank(alert.severity) >= rank(expected.minSeverity) &&
    (expected.rule === undefined || alert.rule === expected.rule) &&
    expected.from <= opened &&
    opened <= expected.to
  );
}

/** `financial at least critical for account:fennimore (rule payment-failures), story payment-failures`, for people. */
export function describe(expected: Expected): string {
  const rule = expected.rule === undefined ? '' : `, rule ${expected.rule}`;
  const window = `${new Date(expected.from).toISOString()} … ${new Date(expected.to).toISOString()}`;
  return `${expected.story}: ${expected.kind}, at least ${expected.minSeverity}, for ${expected.entity}${rule}, opened ${window}`;
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}
