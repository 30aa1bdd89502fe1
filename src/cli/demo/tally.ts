import type { AlertKind, Severity } from '../../core/alert.ts';
import type { Law } from '../../observe/law.ts';
import type { AlertMessage } from '../tail/follow.ts';

/** What the demo says at its end; with `--json` the last line. Latency is from receipt at the door to the subscriber's socket. */
export interface Summary extends Law {
  readonly scores: number;
  readonly alerts: {
    readonly total: number;
    readonly byKind: Readonly<Partial<Record<AlertKind, number>>>;
    readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  };
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
  readonly seconds: number;
}

/** Counts alerts as a subscriber hears of them: each alert once, at the highest severity it had; each transition's latency. */
export function createTally() {
  const alerts = new Map<string, AlertMessage['alert']>();
  const latencies: number[] = [];

  return {
    heard({ alert, receivedAt }: Pick<AlertMessage, 'alert' | 'receivedAt'>, now: number): void {
      alerts.set(alert.id, alert);
      latencies.push(now - Date.parse(receivedAt));
    },
    get alerts(): readonly AlertMessage['alert'][] {
      return [...alerts.values()];
    },
    summary(law: Law, scores: number, seconds: number): Summary {
      const sorted = latencies.toSorted((a, b) => a - b);
      const list = [...alerts.values()];
      return {
        ...law,
        scores,
        alerts: {
          total: list.length,
          byKind: countBy(list, ({ kind }) => kind),
          bySeverity: countBy(list, ({ severity }) => severity),
        },
        latencyMs: { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) },
        seconds,
      };
    },
  };
}

function countBy<T, K extends string>(items: readonly T[], keyOf: (item: T) => K): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

/** Nearest rank; null where there is nothing. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}
