import type { AlertTransition, Severity, TransitionKind } from '../../../src/core/alert.ts';
import { aTransition } from '../../support/store.ts';
import { hourMs, rfc } from './telemetry.ts';

/** An alert from its opening on. Times are moments; hours are counted from the opening. */
export interface Told {
  readonly rule: string;
  readonly entity: string;
  readonly at: number;
  readonly severity?: Severity;
  readonly pipeline?: string;
  readonly title?: string;
  readonly kind?: AlertTransition['alert']['kind'];
  readonly roles?: readonly string[];
  readonly actions?: readonly string[];
  /** Seen again, perhaps as something worse. */
  readonly updates?: readonly { readonly hours: number; readonly severity?: Severity }[];
  readonly taken?: { readonly hours: number; readonly by: string };
  readonly ended?: {
    readonly hours: number;
    readonly by?: string;
    readonly why?: string;
    readonly how?: TransitionKind;
  };
  /** What makes it another alert of the same rule and entity. */
  readonly about?: string;
  readonly episode?: number;
}

/** Rows of `alert_transitions`, each with the alert after it. */
export function transitionsOf(org: string, told: Told): object[] {
  const { rule, entity, at, pipeline = 'watch', about = '', episode = 1, updates = [], taken, ended } = told;
  let severity = told.severity ?? 'warning';
  let status: AlertTransition['alert']['status'] = 'open';
  const steps = [
    { hours: 0, transition: 'opened' as const, by: `pipeline:${pipeline}`, why: 'seen', to: undefined },
    ...updates.map((update) => ({
      hours: update.hours,
      transition: 'updated' as const,
      by: `pipeline:${pipeline}`,
      why: 'seen again',
      to: update.severity,
    })),
    ...(taken ? [{ ...taken, transition: 'acknowledged' as const, why: 'taken', to: undefined }] : []),
    ...(ended
      ? [
          {
            hours: ended.hours,
            transition: ended.how ?? ('resolved' as const),
            by: ended.by ?? `pipeline:${pipeline}`,
            why: ended.why ?? 'as usual again',
            to: undefined,
          },
        ]
      : []),
  ].toSorted((a, b) => a.hours - b.hours);
  return steps.map(({ hours, transition, by, why, to }, index) => {
    severity = to ?? severity;
    if (transition === 'acknowledged') status = 'acknowledged';
    if (transition === 'resolved' || transition === 'expired') status = 'resolved';
    const moment = rfc(at + hours * hourMs);
    const { alert, ...happened } = aTransition({
      transition,
      by,
      why,
      at: moment,
      receivedAt: moment,
      cause: `${entity}-${index}`,
      alert: {
        id: `${pipeline}/${rule}/${entity}/${about}`,
        org,
        entity,
        pipeline,
        rule,
        severity,
        status,
        episode,
        title: told.title ?? `${rule} of ${entity}`,
        kind: told.kind ?? 'customer_health',
        roles: told.roles ?? ['customer-success'],
        recommendedActions: told.actions ?? ['Look at it'],
        fingerprint: about,
        version: (episode - 1) * 20 + index + 1,
        count: index + 1,
        openedAt: rfc(at),
        lastSeenAt: moment,
        acknowledgedAt: taken && status !== 'open' ? rfc(at + taken.hours * hourMs) : null,
        resolvedAt: status === 'resolved' ? moment : null,
      },
    });
    const { lastPosition: _, lastOrdinal: __, ...stored } = alert;
    return { ...stored, ...happened };
  });
}
