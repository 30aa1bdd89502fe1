import type { Alert, AlertRun, AlertTransition } from '../core/alert.ts';

/**
 * Why a run that ended changes nothing of its alert: `known` it stands there; `outdated` as many newer ones do; `other-episode` the
 * alert was opened again since the run was asked for; `no-alert` there is none in the log (any more).
 */
export type IgnoredRun = 'known' | 'outdated' | 'other-episode' | 'no-alert';

export type RunDecision =
  | { readonly kind: 'transition'; readonly transition: AlertTransition }
  | { readonly kind: 'ignore'; readonly reason: IgnoredRun };

/** Runs an alert shows: those that ended last in its episode. */
export const runsShownMax = 10;

/**
 * What the end of a run that looked into an alert does to it. `asOf` is the event time the run was asked at. By what ended last, and
 * of one time by id: in whatever order ends are told, and however often, the same runs stand there.
 */
export function decideRun(alert: Alert | undefined, run: AlertRun, asOf: string): RunDecision {
  if (!alert) return { kind: 'ignore', reason: 'no-alert' };
  const { runs: before = [] } = alert;
  if (before.some(({ id }) => id === run.id)) return { kind: 'ignore', reason: 'known' };
  if (Date.parse(asOf) < Date.parse(alert.openedAt)) return { kind: 'ignore', reason: 'other-episode' };
  const runs = [...before, run].toSorted(byEnd).slice(-runsShownMax);
  if (!runs.includes(run)) return { kind: 'ignore', reason: 'outdated' };
  return {
    kind: 'transition',
    transition: {
      transition: 'investigated',
      by: 'agents',
      why: `a run is ${run.outcome}`,
      at: run.endedAt,
      cause: run.id,
      receivedAt: run.endedAt,
      alert: { ...alert, runs, version: alert.version + 1 },
    },
  };
}

function byEnd(a: AlertRun, b: AlertRun): number {
  return Date.parse(a.endedAt) - Date.parse(b.endedAt) || (a.id < b.id ? -1 : 1);
}
