import type { AlertRun } from '../../src/core/alert.ts';

/** A run as the alert that caused it shows it. */
export const aRun = (id: string, given: Partial<AlertRun> = {}): AlertRun => ({
  id,
  kind: 'customer_health',
  outcome: 'completed',
  endedAt: '2026-03-01T10:00:00.000Z',
  summary: 'They may leave.',
  confidence: 0.7,
  findings: [],
  ...given,
});
