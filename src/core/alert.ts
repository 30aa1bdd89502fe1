/** What an alert is about. */
export const alertKinds = [
  'customer_health',
  'sales_pipeline',
  'system_performance',
  'financial',
  'market_intelligence',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** In rising order. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** `suppressed` comes with silences; nothing sets it yet. */
export const alertStatuses = ['open', 'acknowledged', 'resolved', 'suppressed'] as const;
export type AlertStatus = (typeof alertStatuses)[number];

/** What was seen: a sentence, the events behind it, and the scores by name. */
export interface Evidence {
  readonly text: string;
  readonly eventIds: readonly string[];
  readonly scores: readonly { readonly name: string; readonly value: number }[];
}

/** What an alert says; the pipeline's part of it. */
export interface AlertContent {
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly title: string;
  readonly evidence: readonly Evidence[];
  readonly recommendedActions: readonly string[];
  /** Who should know: `customer-success`, `sales`, `finance`, `operations`, … */
  readonly roles: readonly string[];
  /** Origins (contract: `sources`) of the events behind it. */
  readonly sources: readonly string[];
}

/** What makes an alert of a rule this one and no other: the entity, and what else it is about. */
export const fingerprintOf = (entity: string, about = ''): string => (about === '' ? entity : `${entity}/${about}`);

/**
 * What a pipeline says of an alert, in a commit.
 * `position` is the EVENTS sequence of the record that caused it, `ordinal` (from 0) tells apart what one record caused
 * (an alert may expire and be raised anew by the same event): an alert ignores what lies at or before its last of both.
 */
export type AlertObservation = {
  readonly alertId: string;
  readonly org: string;
  readonly entity: string;
  readonly pipeline: string;
  readonly version: number;
  readonly rule: string;
  readonly fingerprint: string;
  /** Id of the event (or the hash of the deadline) that caused it. */
  readonly cause: string;
  /** Event time, RFC 3339 UTC. */
  readonly time: string;
  /** When the causing event came through the door; what latency is measured from. */
  readonly receivedAt: string;
  readonly position: number;
  readonly ordinal: number;
} & (
  | { readonly kind: 'raised'; readonly content: AlertContent; readonly count: number }
  | { readonly kind: 'cleared'; readonly why: string }
  | { readonly kind: 'expired'; readonly why: string }
);

/** The whole alert after a transition. `id = idOf(org, pipeline, rule, fingerprint)`; a reopening is the next episode of the same id. */
export interface Alert extends AlertContent {
  readonly id: string;
  readonly org: string;
  readonly entity: string;
  readonly pipeline: string;
  readonly pipelineVersion: number;
  readonly rule: string;
  readonly fingerprint: string;
  readonly status: AlertStatus;
  /** 1 for the first transition ever; grows by one with each, across episodes. */
  readonly version: number;
  readonly episode: number;
  /** How often it was seen in this episode. */
  readonly count: number;
  /** Event times, RFC 3339 UTC. */
  readonly openedAt: string;
  readonly lastSeenAt: string;
  readonly acknowledgedAt: string | null;
  readonly resolvedAt: string | null;
  /** EVENTS sequence of the last observation applied, and its ordinal within that record. */
  readonly lastPosition: number;
  readonly lastOrdinal: number;
  /** Runs of agents that looked into this episode and have ended, by their end, the newest of them; absent: none has. */
  readonly runs?: readonly AlertRun[];
}

/** A run of agents that an alert caused, and what came of it in short. */
export interface AlertRun {
  readonly id: string;
  readonly kind: string;
  /** `completed`, `undone`, `failed`, `cancelled` or `refused`. */
  readonly outcome: string;
  /** RFC 3339 UTC. */
  readonly endedAt: string;
  /** The result in sentences; where there is none, why it ended. */
  readonly summary: string;
  /** 0 … 1; null where there is no result. */
  readonly confidence: number | null;
  /** The first three. */
  readonly findings: readonly {
    readonly kind: string;
    readonly title: string;
    readonly confidence: number;
    /** What to do. */
    readonly action: string;
  }[];
}

export const transitionKinds = [
  'opened', // first seen, or seen again after it was resolved (a new episode)
  'updated', // seen again while open: severity, evidence or count changed
  'acknowledged', // a person takes it
  'resolved', // a person, or the pipeline that saw the condition end
  'expired', // nobody repeated it for alerts.expireAfter
  'investigated', // a run of agents that it caused has ended: its result stands with it
] as const;
export type TransitionKind = (typeof transitionKinds)[number];

/** One message of ALERTS: what happened, who, when, why, and the whole alert after it. */
export interface AlertTransition {
  readonly transition: TransitionKind;
  /** `pipeline:<name>`, the identity of the person who commanded it, or `agents`. */
  readonly by: string;
  readonly why: string;
  /** Event time for the pipeline's, the command's time for a person's, the run's end for the agents'. RFC 3339 UTC. */
  readonly at: string;
  /** Id of the event, command or run. */
  readonly cause: string;
  /** When the cause came through the door. */
  readonly receivedAt: string;
  readonly alert: Alert;
}

/**
 * What a person asks of an alert, against what they saw: `version` and `episode` are those of the alert they looked at.
 * `at` is when they asked, RFC 3339 UTC.
 */
export interface AlertCommand {
  readonly kind: 'acknowledge' | 'resolve';
  /** The identity that asks. */
  readonly by: string;
  readonly why: string;
  readonly at: string;
  readonly version: number;
  readonly episode: number;
}
