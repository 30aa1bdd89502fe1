import type { AlertFilter, CloseReason } from '../../schemas/push.ts';
import { severities, type Alert } from '../core/alert.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Identity } from '../auth/identity.ts';

/** What of an alert decides who hears of it. */
export type Facets = Pick<Alert, 'kind' | 'severity' | 'status' | 'entity' | 'sources' | 'roles'>;

/** Whether a subscriber is told: the filter wants it, and the token's roles (none: all) allow it. */
export function matches(filter: AlertFilter, identity: Pick<Identity, 'roles'>, alert: Facets): boolean {
  return (
    mayHear(identity, alert) &&
    (filter.kinds?.includes(alert.kind) ?? true) &&
    (!filter.minSeverity || severities.indexOf(alert.severity) >= severities.indexOf(filter.minSeverity)) &&
    (filter.entities?.includes(alert.entity) ?? true) &&
    (filter.sources?.some((source) => alert.sources.includes(source)) ?? true) &&
    (filter.roles?.some((role) => alert.roles.includes(role)) ?? true) &&
    (filter.status?.includes(alert.status) ?? true)
  );
}

/** Whether the token's roles allow it. A token bound to roles hears only what names one of them. */
export function mayHear(identity: Pick<Identity, 'roles'>, alert: Pick<Facets, 'roles'>): boolean {
  return identity.roles.length === 0 || identity.roles.some((role) => alert.roles.includes(role));
}

/** Subscriptions with equal filters and roles are judged once for each alert. */
export function audienceOf(filter: AlertFilter, identity: Pick<Identity, 'roles'>): string {
  const { kinds, minSeverity, entities, sources, roles, status } = filter;
  const sorted = (values: readonly string[] = []) => [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
  return JSON.stringify([
    sorted(kinds),
    minSeverity ?? null,
    sorted(entities),
    sorted(sources),
    sorted(roles),
    sorted(status),
    sorted(identity.roles),
  ]);
}

/** What a list of alerts is asked for. */
export interface AlertListQuery {
  readonly org: string;
  readonly filter: AlertFilter;
  readonly identity: Pick<Identity, 'roles'>;
  /** 1 … 200. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly cursor?: string;
}

export interface AlertPage {
  /** Newest transition first. */
  readonly alerts: readonly Alert[];
  /** For the next page; null on the last. */
  readonly next: string | null;
  /** False where more alerts are open than are kept in memory, and the longest unchanged are left out. */
  readonly complete: boolean;
}

/** P The alerts as they are now: all open ones, and those resolved lately. */
export interface AlertBoard {
  /** Throws `cursor-invalid`. */
  list(query: AlertListQuery): AlertPage;
  /** Whether this identity's roles let it see the alert. */
  sees(identity: Pick<Identity, 'roles'>, alert: Alert): boolean;
}

/** P What the push tells of itself. */
export interface PushHappenings {
  /** A transition went to so many live subscriptions; `latencyMs` from the receipt of its cause to the last send. */
  alertPushed(org: string, subscriptions: number, latencyMs: number): void;
  /** A subscription is served from the log: its connection reads slowly. Nothing lost. */
  subscriberFellBehind(org: string): void;
  /** It hears things as they happen again, or has ended. */
  subscriberCaughtUp(org: string): void;
  /** A subscriber was told that retention took what it had not heard. */
  gapTold(org: string): void;
  /** More alerts are open than are kept in memory. */
  openAlertsOverLimit(org: string, limit: number): void;
  /** A message of ALERTS is not a transition; it is passed over. */
  transitionUnreadable(sequence: number, detail: string): void;
  /** Retention took transitions before the hub read them. */
  transitionsLost(from: number, to: number): void;
  /** The log could not be read; it is tried again. */
  pushReadFailed(detail: string): void;
  subscribersConnected(kind: 'websocket' | 'sse', open: number): void;
  subscriberRefused(code: ErrorCode): void;
  subscriberGone(kind: 'websocket' | 'sse', reason: CloseReason | 'client' | 'silent'): void;
  /** A connection or its handling failed. Its cursor stays good. */
  subscriberFailed(kind: 'websocket' | 'sse', detail: string): void;
}
