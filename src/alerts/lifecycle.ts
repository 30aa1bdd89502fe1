import {
  severities,
  type Alert,
  type AlertCommand,
  type AlertContent,
  type AlertObservation,
  type AlertTransition,
  type TransitionKind,
} from '../core/alert.ts';
import { idOf } from '../core/ids.ts';

/**
 * Why an observation changes nothing:
 * `already-applied` its position and ordinal lie at or before the alert's last ones; `not-open` there is nothing to clear or expire;
 * `forgotten` it would open an alert whose history retention may have taken: that would be a second birth.
 */
export type IgnoreReason = 'already-applied' | 'not-open' | 'forgotten';

/** What must happen next, and if nothing, why. */
export type Decision =
  | { readonly kind: 'transition'; readonly transition: AlertTransition }
  | { readonly kind: 'ignore'; readonly reason: IgnoreReason };

export type CommandDecision =
  | { readonly kind: 'transition'; readonly transition: AlertTransition }
  | { readonly kind: 'already-so'; readonly alert: Alert }
  | { readonly kind: 'conflict'; readonly alert: Alert; readonly detail: string };

/** The alert after a transition. One seen before changes nothing. */
export function fold(alert: Alert | undefined, transition: AlertTransition): Alert {
  return alert && transition.alert.version <= alert.version ? alert : transition.alert;
}

/**
 * What an observation of a committed record does to an alert. Reads no clock: whether the record is older than what
 * ALERTS keeps comes in as `forgotten`, so a replay gives equal transitions.
 */
export function decide(alert: Alert | undefined, observation: AlertObservation, forgotten: boolean): Decision {
  if (alert && isApplied(alert, observation)) return { kind: 'ignore', reason: 'already-applied' };
  if (observation.kind === 'raised') {
    if (!alert && forgotten) return { kind: 'ignore', reason: 'forgotten' };
    return alert && isOpen(alert) ? repeated(alert, observation) : opened(alert, observation);
  }
  if (!alert || !isOpen(alert)) return { kind: 'ignore', reason: 'not-open' };
  return ended(alert, observation);
}

/** What a person's command does to an alert that exists. */
export function decideCommand(alert: Alert, command: AlertCommand): CommandDecision {
  if (command.episode !== alert.episode) {
    return {
      kind: 'conflict',
      alert,
      detail: `The alert is in episode ${alert.episode} now, you saw episode ${command.episode}.`,
    };
  }
  if (command.version > alert.version) {
    return {
      kind: 'conflict',
      alert,
      detail: `The alert is at version ${alert.version}; there is no version ${command.version} yet.`,
    };
  }
  if (command.kind === 'resolve') {
    if (!isOpen(alert)) return { kind: 'already-so', alert };
    return commanded(command, 'resolved', { ...alert, status: 'resolved', resolvedAt: command.at });
  }
  if (!isOpen(alert)) return { kind: 'conflict', alert, detail: `The alert was resolved at ${alert.resolvedAt}.` };
  if (alert.status === 'acknowledged') return { kind: 'already-so', alert };
  return commanded(command, 'acknowledged', { ...alert, status: 'acknowledged', acknowledgedAt: command.at });
}

type Raised = Extract<AlertObservation, { kind: 'raised' }>;
type Ended = Exclude<AlertObservation, Raised>;

const isOpen = (alert: Alert) => alert.status !== 'resolved';

/** One record may speak twice of an alert (it moves a clock past a deadline, and is an input itself): so two figures. */
function isApplied(alert: Alert, { position, ordinal }: AlertObservation): boolean {
  return position < alert.lastPosition || (position === alert.lastPosition && ordinal <= alert.lastOrdinal);
}

function opened(before: Alert | undefined, observation: Raised): Decision {
  const episode = (before?.episode ?? 0) + 1;
  return observed(observation, 'opened', episode === 1 ? 'first seen' : `seen again, episode ${episode}`, {
    id: observation.alertId,
    org: observation.org,
    entity: observation.entity,
    pipeline: observation.pipeline,
    pipelineVersion: observation.version,
    rule: observation.rule,
    fingerprint: observation.fingerprint,
    ...contentOf(observation.content),
    status: 'open',
    version: (before?.version ?? 0) + 1,
    episode,
    count: observation.count,
    openedAt: observation.time,
    lastSeenAt: observation.time,
    acknowledgedAt: null,
    resolvedAt: null,
    ...placeOf(observation),
  });
}

/** An acknowledged alert stays so, unless it is worse than what was acknowledged: then it is nobody's again. */
function repeated(before: Alert, observation: Raised): Decision {
  const { severity } = observation.content;
  const rose = severities.indexOf(severity) > severities.indexOf(before.severity);
  const why =
    severity === before.severity ? 'seen again' : `${rose ? 'rose' : 'fell'} from ${before.severity} to ${severity}`;
  const reopened = rose && before.status === 'acknowledged';
  return observed(observation, 'updated', why, {
    ...before,
    ...contentOf(observation.content),
    pipelineVersion: observation.version,
    status: reopened ? 'open' : before.status,
    version: before.version + 1,
    count: before.count + observation.count,
    lastSeenAt: later(before.lastSeenAt, observation.time),
    acknowledgedAt: reopened ? null : before.acknowledgedAt,
    ...placeOf(observation),
  });
}

function ended(before: Alert, observation: Ended): Decision {
  return observed(observation, observation.kind === 'expired' ? 'expired' : 'resolved', observation.why, {
    ...before,
    status: 'resolved',
    version: before.version + 1,
    resolvedAt: observation.time,
    ...placeOf(observation),
  });
}

function observed(observation: AlertObservation, transition: TransitionKind, why: string, alert: Alert): Decision {
  const { pipeline, time, cause, receivedAt } = observation;
  return {
    kind: 'transition',
    transition: { transition, by: `pipeline:${pipeline}`, why, at: time, cause, receivedAt, alert },
  };
}

function commanded(command: AlertCommand, transition: TransitionKind, after: Alert): CommandDecision {
  const { kind, by, why, at } = command;
  const cause = idOf('command', after.org, after.id, kind, by, at, String(command.version));
  const alert = { ...after, version: after.version + 1 };
  return { kind: 'transition', transition: { transition, by, why, at, cause, receivedAt: at, alert } };
}

/** Written out, so that the bytes on the log do not depend on the order in which a pipeline wrote its keys. */
function contentOf({
  kind,
  severity,
  title,
  evidence,
  recommendedActions,
  roles,
  sources,
}: AlertContent): AlertContent {
  return { kind, severity, title, evidence, recommendedActions, roles, sources };
}

const placeOf = ({ position, ordinal }: AlertObservation) => ({ lastPosition: position, lastOrdinal: ordinal });

const later = (a: string, b: string) => (Date.parse(b) > Date.parse(a) ? b : a);
