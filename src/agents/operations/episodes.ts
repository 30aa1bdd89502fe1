import { asOf } from '../shared/sql.ts';

/**
 * CTE `episodes`: each time an alert was opened and what became of it, as it stood at `{asOf}`. `turned` (critical), `taken` and `ended` are null until
 * then; `by` and `why` are those of its end. `{days}` bounds how long ago it began. `name` is `pipeline/rule`.
 */
export const episodes = `episodes AS (
  SELECT id AS alert, episode, any(entity) AS about, any(concat(pipeline, '/', rule)) AS name,
    argMin(severity, version) AS severityFirst, argMax(severity, version) AS severityNow,
    argMax(title, version) AS said, argMax(roles, version) AS audience, argMax(recommendedActions, version) AS actions,
    argMax(status, version) AS state, max(count) AS seen, count() AS transitions, min(at) AS opened,
    minOrNullIf(at, severity = 'critical' AND transition = 'updated') AS turned,
    minOrNullIf(at, transition = 'acknowledged') AS taken,
    argMinIf(by, version, transition = 'acknowledged') AS taker,
    maxOrNullIf(at, transition IN ('resolved', 'expired')) AS ended,
    argMaxIf(transition, version, transition IN ('resolved', 'expired')) AS ending,
    argMaxIf(by, version, transition IN ('resolved', 'expired')) AS ender,
    argMaxIf(why, version, transition IN ('resolved', 'expired')) AS reason
  FROM alert_transitions
  WHERE at <= ${asOf} AND transition != 'investigated'
  GROUP BY id, episode
  HAVING opened > ${asOf} - toIntervalDay({days:UInt16})
)`;

/** Of `episodes`, those about whom the task is about: the past of others counts all the same. */
export const asked = `({entity:String} = '' OR about = {entity:String})`;

/** CTE `openings (name, id, episode, entity, at)`: every opening of an alert in the last 90 days. `name` is `pipeline/rule`. */
export const openings = `openings AS (
  SELECT concat(pipeline, '/', rule) AS name, id, episode, entity, at
  FROM alert_transitions
  WHERE transition = 'opened' AND at > ${asOf} - INTERVAL 90 DAY AND at <= ${asOf}
    AND ({entity:String} = '' OR entity = {entity:String})
)`;
