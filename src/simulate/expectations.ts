import { type Alert, type Severity, severities } from '../core/alert.ts';
import type { Caused, Expected } from './scenario.ts';

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

/** By kind, entity, rule, when it was opened, and severity. */
export function meets(expected: Expected, alert: Seen): boolean {
  return causes(expected, alert) && rank(alert.severity) >= rank(expected.minSeverity);
}

/** By kind, entity, rule, and when it was opened. */
export function causes(caused: Caused, alert: Seen): boolean {
  const opened = Date.parse(alert.openedAt);
  return (
    alert.kind === caused.kind &&
    alert.entity === caused.entity &&
    alert.rule === caused.rule &&
    caused.from <= opened &&
    opened <= caused.to
  );
}

/** `financial at least critical for account:fennimore (rule payment-failures), story payment-failures`, for people. */
export function describe(expected: Expected): string {
  const window = `${new Date(expected.from).toISOString()} … ${new Date(expected.to).toISOString()}`;
  return `${expected.story}: ${expected.kind}, at least ${expected.minSeverity}, for ${expected.entity}, rule ${expected.rule}, opened ${window}`;
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}
