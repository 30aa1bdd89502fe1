import { asOf } from '../shared/sql.ts';

/**
 * CTEs `steps (process, thing, at, id, activity, machine)` and `moves`, which adds to each step the one after it in the same case: `then`, `thenMachine`, `hours`; `then` is
 * empty at the end. A case is what events are about (source and subject), a process all cases of one kind: `hubspot.deal`, `order`. The activity is the
 * event's `activity` where it has one, else the rest of its type, with the property that changed. `machine`: the sender says that no person did it.
 */
export const moves = `steps AS (
  SELECT splitByChar('.', type) AS parts, if(parts[1] = origin, 2, greatest(1, length(parts) - 1)) AS kind,
    arrayStringConcat(arraySlice(parts, 1, kind), '.') AS process, (source, subject) AS thing, time AS at, id,
    multiIf(
      JSONExtractString(data, 'activity') != '', JSONExtractString(data, 'activity'),
      JSONExtractString(data, 'propertyName') = 'dealstage', concat('stage ', JSONExtractString(data, 'propertyValue')),
      JSONExtractString(data, 'propertyName') != '', concat('change of ', JSONExtractString(data, 'propertyName')),
      arrayStringConcat(arraySlice(parts, kind + 1), '.')
    ) AS activity,
    JSONExtractString(data, 'changeSource') IN ('AUTOMATION_PLATFORM', 'WORKFLOWS', 'INTEGRATION', 'API', 'IMPORT')
      OR JSONExtractString(data, 'actor') IN ('bot', 'system', 'automation') AS machine
  FROM events
  WHERE stream NOT IN ('metrics', 'market') AND isNotNull(subject) AND ({entity:String} = '' OR entity = {entity:String})
    AND time > ${asOf} - INTERVAL 90 DAY AND time <= ${asOf}
), moves AS (
  SELECT process, thing, at, id, activity, machine,
    leadInFrame(activity) OVER following AS then, leadInFrame(machine) OVER following AS thenMachine,
    if(then = '', 0, dateDiff('second', at, leadInFrame(at) OVER following) / 3600) AS hours,
    row_number() OVER following AS place
  FROM steps
  WINDOW following AS (PARTITION BY process, thing ORDER BY at, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)`;
