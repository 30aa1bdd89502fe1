import { durationMs, type Duration } from '../core/duration.ts';
import type { StreamName } from './log.ts';

/** How a stream is kept. At `maxBytes` it refuses new messages; what is older than `maxAgeMs` goes. */
export interface StreamDefinition {
  readonly name: StreamName;
  readonly subjects: readonly string[];
  readonly maxAgeMs: number;
  readonly maxBytes: number;
}

/** The duplicate window of message ids, on every stream. Longer costs JetStream memory; `seen` covers what is beyond. */
export const duplicateWindowMs = 10 * 60_000;

export interface Retention {
  /** What all of the log may take; on JetStream it is reserved. What is not said of its parts is a share of it. */
  readonly maxBytes: number;
  readonly eventsMaxAge: Duration;
  readonly eventsMaxBytes?: number;
  readonly signalsMaxAge: Duration;
  /** Commits hold about as much as the events they were made of; a full SIGNALS stops the pipelines. */
  readonly signalsMaxBytes?: number;
  readonly alertsMaxAge: Duration;
  readonly runsMaxAge: Duration;
  readonly deadLettersMaxAge: Duration;
  readonly auditMaxAge: Duration;
  /** For each of the other streams. */
  readonly othersMaxBytes?: number;
}

export const defaultRetention: Retention = {
  maxBytes: 24 * 1024 ** 3,
  eventsMaxAge: '14d',
  signalsMaxAge: '14d',
  alertsMaxAge: '30d',
  runsMaxAge: '30d',
  deadLettersMaxAge: '30d',
  auditMaxAge: '30d',
};

/** What the parts of the log may take, bytes. */
export interface Sizes {
  readonly events: number;
  readonly signals: number;
  /** Each of the other streams. */
  readonly others: number;
  readonly blobs: number;
  readonly work: number;
  readonly values: number;
}

/** Shares of `maxBytes`, in ninety-sixths: with the five other streams 94. */
export function sizesOf({ maxBytes, eventsMaxBytes, signalsMaxBytes, othersMaxBytes }: Retention): Sizes {
  const share = (parts: number) => Math.floor((maxBytes / 96) * parts);
  return {
    events: eventsMaxBytes ?? share(32),
    signals: signalsMaxBytes ?? share(32),
    others: othersMaxBytes ?? share(4),
    blobs: share(8),
    work: share(1),
    values: share(1),
  };
}

export function streamDefinitions(retention: Retention = defaultRetention): readonly StreamDefinition[] {
  const { events, signals, others } = sizesOf(retention);
  return [
    {
      name: 'EVENTS',
      subjects: ['weir.events.>', 'weir.timers.>', 'weir.models.*', 'weir.settings.*'],
      maxAgeMs: durationMs(retention.eventsMaxAge),
      maxBytes: events,
    },
    {
      name: 'SIGNALS',
      subjects: ['weir.signals.*'],
      maxAgeMs: durationMs(retention.signalsMaxAge),
      maxBytes: signals,
    },
    { name: 'ALERTS', subjects: ['weir.alerts.*.*'], maxAgeMs: durationMs(retention.alertsMaxAge), maxBytes: others },
    {
      name: 'RUNS',
      subjects: ['weir.runs.*.*', 'weir.triggers.*.*', 'weir.lessons.*'],
      maxAgeMs: durationMs(retention.runsMaxAge),
      maxBytes: others,
    },
    {
      name: 'DEADLETTERS',
      subjects: ['weir.deadletters.*.*'],
      maxAgeMs: durationMs(retention.deadLettersMaxAge),
      maxBytes: others,
    },
    { name: 'AUDIT', subjects: ['weir.audit.*'], maxAgeMs: durationMs(retention.auditMaxAge), maxBytes: others },
    { name: 'INTAKE', subjects: ['weir.intake.*.*'], maxAgeMs: durationMs(retention.eventsMaxAge), maxBytes: others },
  ];
}

/** How the queue of work is kept. */
export interface WorkSettings {
  /** Who took an item and says nothing for so long counts as dead, ms. */
  readonly leaseMs: number;
  /** Taken and not settled, of all daemons. */
  readonly inFlightMax: number;
  /** At this size it refuses new items. */
  readonly maxBytes: number;
}

export const defaultWork: WorkSettings = {
  leaseMs: 30_000,
  inFlightMax: 1_000,
  maxBytes: sizesOf(defaultRetention).work,
};
