import { asOf } from '../shared/sql.ts';

/*
 * Services' metrics as series, in SQL. An account's metrics tell of its use of the product and are left out.
 * `{asOf}` is the task's time, `{entity}` whom it is about, empty for all, `{days}` how far back it is looked.
 */

/** CTE `hourly (entity, metric, hour, mean)`: means of whole hours; an hour without samples has that of the hour before. */
export const hourly = `hourly AS (
  SELECT entity, metric, hour, mean
  FROM (
    SELECT entity, JSONExtractString(data, 'name') AS metric, toStartOfHour(time) AS hour,
      avg(assumeNotNull(JSONExtract(data, 'value', 'Nullable(Float64)'))) AS mean
    FROM events
    WHERE type = 'metrics.sample' AND NOT startsWith(entity, 'account:') AND ({entity:String} = '' OR entity = {entity:String})
      AND time >= toStartOfHour(${asOf}) - toIntervalDay({days:UInt16})
      AND time < toStartOfHour(${asOf})
      AND isNotNull(JSONExtract(data, 'value', 'Nullable(Float64)'))
    GROUP BY entity, metric, hour
    ORDER BY entity, metric, hour WITH FILL STEP toIntervalHour(1) INTERPOLATE (mean)
  )
)`;

/** CTE `series (entity, metric, hours, points, times, means)` over `hourly`: a row a metric with `{hours}` of them, in order of time. */
export const series = `series AS (
  SELECT entity, metric, count() AS hours, arraySort(groupArray((hour, mean))) AS points,
    arrayMap(point -> point.1, points) AS times, arrayMap(point -> point.2, points) AS means
  FROM hourly
  GROUP BY entity, metric
  HAVING hours >= {hours:UInt16}
)`;
