import type { Clock } from '../core/clock.ts';
import { alertsHappened } from './happened/alerts.ts';
import { auditHappened } from './happened/audit.ts';
import { archiveHappened } from './happened/archive.ts';
import { daemonHappened } from './happened/daemon.ts';
import { httpHappened } from './happened/http.ts';
import { intakeHappened } from './happened/intake.ts';
import { logHappened } from './happened/log.ts';
import { mcpHappened } from './happened/mcp.ts';
import { modelsHappened } from './happened/models.ts';
import { pipelinesHappened } from './happened/pipelines.ts';
import { pushHappened } from './happened/push.ts';
import { runsHappened } from './happened/runs.ts';
import { watches } from './happened/watches.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { createSeldom, type Seldom } from './seldom.ts';

/** What telling needs. */
export interface Observing {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly seldom: Seldom;
}

/**
 * One function for each thing that happens: it logs and counts together, so that log, metric and test use one word for it.
 * Each part of weir says itself what it tells; here is who listens. INFO: it happened. WARN: nothing is lost.
 * ERROR: somebody must act.
 */
export function createHappened({ log, metrics, clock }: { log: Logger; metrics: Metrics; clock: Clock }) {
  const observing: Observing = { log, metrics, seldom: createSeldom(clock) };
  return {
    daemon: daemonHappened(observing),
    log: logHappened(observing),
    http: httpHappened(observing),
    intake: intakeHappened(observing),
    pipelines: pipelinesHappened(observing),
    alerts: alertsHappened(observing),
    archive: archiveHappened(observing),
    audit: auditHappened(observing),
    mcp: mcpHappened(observing),
    models: modelsHappened(observing),
    push: pushHappened(observing),
    runs: runsHappened(observing),
    watches: watches(observing),
  };
}

export type Happened = ReturnType<typeof createHappened>;
