import type { InvestigationHappenings } from '../../alerts/investigations.ts';
import type { AlertHappenings } from '../../alerts/service.ts';
import type { Observing } from '../happened.ts';

export function alertsHappened({ log, metrics, seldom }: Observing): AlertHappenings & InvestigationHappenings {
  const runs = metrics.counter('weir_alert_runs_ignored_total', 'Runs that changed nothing of their alert, and why.', [
    'reason',
  ]);
  const transitions = metrics.counter('weir_alert_transitions_total', 'What happened to alerts.', [
    'kind',
    'severity',
    'transition',
  ]);
  const ignored = metrics.counter(
    'weir_alert_observations_ignored_total',
    'Observations that changed nothing, and why.',
    ['reason'],
  );
  const races = metrics.counter(
    'weir_alert_races_lost_total',
    'Decisions made again because another writer was faster.',
  );
  return {
    alertTransition({ transition, by, alert: { id, org, entity, kind, severity, title } }) {
      transitions.inc({ kind, severity, transition });
      log.debug({ alert: id, org, entity, severity, transition, by }, title);
    },
    observationIgnored: (_org, reason) => ignored.inc({ reason }),
    alertRaceLost: () => races.inc(),
    runIgnored: (_org, reason) => runs.inc({ reason }),
    endUnreadable: (sequence, detail) =>
      log.error({ sequence, detail }, 'A message of RUNS cannot be read: its alert will not show the run'),
    investigationsDelayed: (detail) =>
      seldom('investigations', (more) => log.warn({ detail, more }, 'Results of runs wait for the log')),
  };
}
