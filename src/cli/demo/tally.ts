import { type AlertKind, type Severity, severities } from '../../core/alert.ts';
import { quantile } from '../../core/quantile.ts';
import type { Law } from '../../observe/law.ts';
import { medianDelayMs, type Opening, type Outcome } from '../../simulate/outcome.ts';
import type { AlertMessage } from '../tail/follow.ts';
import type { RunCounts } from './runs.ts';

/** What the demo says at its end; with `--json` the last line. Latency is from receipt at the door to the subscriber's socket. */
export interface Summary extends Law {
  readonly scores: number;
  readonly alerts: {
    readonly total: number;
    readonly byKind: Readonly<Partial<Record<AlertKind, number>>>;
    readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  };
  /** The stories that were planted, and those of which every planted alert was raised. The delay is in event time. */
  readonly stories: { readonly planted: number; readonly found: number; readonly medianDelaySeconds: number | null };
  readonly runs: RunCounts;
  /** Alerts no planted story accounts for. */
  readonly unplannedAlerts: number;
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
  readonly seconds: number;
}

/** Counts alerts as a subscriber hears of them: each alert once, at the highest severity it had; each transition's latency. */
export function createTally() {
  const openings = new Map<string, Opening>();
  const latencies: number[] = [];

  return {
    heard({ alert, receivedAt }: Heard, now: number): void {
      const key = `${alert.id}/${alert.episode}`;
      const { id, kind, entity, rule, openedAt } = alert;
      const severity = highest(alert.severity, openings.get(key)?.severity);
      openings.set(key, { id, kind, entity, rule, openedAt, severity });
      latencies.push(now - Date.parse(receivedAt));
    },
    /** Every alert each time it was opened. */
    get openings(): readonly Opening[] {
      return [...openings.values()];
    },
    summary(law: Law, scores: number, seconds: number, { stories, unplanned }: Outcome, runs: RunCounts): Summary {
      const sorted = latencies.toSorted((a, b) => a - b);
      const alerts = new Map<string, Opening>();
      for (const opening of openings.values()) {
        const severity = highest(opening.severity, alerts.get(opening.id)?.severity);
        alerts.set(opening.id, { ...opening, severity });
      }
      const list = [...alerts.values()];
      const delayMs = medianDelayMs(stories);
      return {
        ...law,
        scores,
        alerts: {
          total: list.length,
          byKind: countBy(list, ({ kind }) => kind),
          bySeverity: countBy(list, ({ severity }) => severity),
        },
        stories: {
          planted: stories.length,
          found: stories.filter(({ missing }) => missing.length === 0).length,
          medianDelaySeconds: delayMs === null ? null : delayMs / 1_000,
        },
        runs,
        unplannedAlerts: unplanned.length,
        latencyMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
        seconds,
      };
    },
  };
}

type Heard = Pick<AlertMessage, 'receivedAt'> & {
  readonly alert: Pick<AlertMessage['alert'], keyof Opening | 'episode'>;
};

function highest(one: Severity, other: Severity = one): Severity {
  return severities.indexOf(one) >= severities.indexOf(other) ? one : other;
}

function countBy<T, K extends string>(items: readonly T[], keyOf: (item: T) => K): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
