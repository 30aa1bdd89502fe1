import { encodeTransition } from '../../schemas/alert.ts';
import { decide } from '../../src/alerts/lifecycle.ts';
import type { Alert, AlertContent, AlertObservation, AlertTransition } from '../../src/core/alert.ts';
import { idOf } from '../../src/core/ids.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';

/** 2026-03-02T08:00:00Z. */
export const epoch = Date.UTC(2026, 2, 2, 8);
export const at = (seconds: number) => new Date(epoch + seconds * 1_000).toISOString();

export const content: AlertContent = {
  kind: 'customer_health',
  severity: 'warning',
  title: 'Brightloom may leave',
  evidence: [
    { text: 'Two calls in a row were unhappy', eventIds: ['e1'], scores: [{ name: 'sentiment', value: -0.6 }] },
  ],
  recommendedActions: ['Call them today'],
  roles: ['customer-success'],
  sources: ['gong'],
};

export const alertIdOf = (org: string, name: string) => idOf(org, 'customer-health', 'churn', name);

interface Place {
  readonly org?: string;
  /** Which alert: its fingerprint. */
  readonly name?: string;
  readonly position: number;
  readonly ordinal?: number;
}

const about = ({ org = 'acme', name = 'account:brightloom', position, ordinal = 0 }: Place) => ({
  alertId: alertIdOf(org, name),
  org,
  entity: name,
  pipeline: 'customer-health',
  version: 1,
  rule: 'churn',
  fingerprint: name,
  cause: `event-${position}-${ordinal}`,
  time: at(position),
  receivedAt: at(position),
  position,
  ordinal,
});

export function raised(
  place: Place & { readonly content?: Partial<AlertContent>; readonly count?: number },
): AlertObservation {
  return { ...about(place), kind: 'raised', count: place.count ?? 1, content: { ...content, ...place.content } };
}
export const cleared = (place: Place): AlertObservation => ({
  ...about(place),
  kind: 'cleared',
  why: 'they are happy again',
});
export const expired = (place: Place): AlertObservation => ({
  ...about(place),
  kind: 'expired',
  why: 'not seen for 14d',
});

/** The transition an observation makes of an alert; a test that expects none is wrong. */
export function transitionOf(alert: Alert | undefined, observation: AlertObservation): AlertTransition {
  const decision = decide(alert, observation, false);
  if (decision.kind === 'ignore') throw new Error(`ignored: ${decision.reason}`);
  return decision.transition;
}

/** Writes a transition as weir would; its sequence. */
export async function store(log: Log, transition: AlertTransition): Promise<number> {
  const { org, id } = transition.alert;
  const appended = await log.append({
    stream: 'ALERTS',
    subject: subjects.alert(org, id),
    data: encodeTransition(transition),
  });
  if (appended.kind !== 'appended') throw new Error(`not appended: ${appended.kind}`);
  return appended.sequence;
}

export interface Book {
  raise(name: string, content?: Partial<AlertContent>, org?: string): Promise<AlertTransition>;
  clear(name: string, org?: string): Promise<AlertTransition>;
}

/** Writes alerts' lives on a log, one position after the other. */
export function writeAlerts(log: Log): Book {
  const alerts = new Map<string, Alert>();
  let position = 0;
  async function write(observation: AlertObservation): Promise<AlertTransition> {
    const transition = transitionOf(alerts.get(observation.alertId), observation);
    alerts.set(observation.alertId, transition.alert);
    await store(log, transition);
    return transition;
  }
  return {
    raise: (name, content = {}, org = 'acme') => write(raised({ org, name, content, position: ++position })),
    clear: (name, org = 'acme') => write(cleared({ org, name, position: ++position })),
  };
}
