/**
 * What runs ask ClickHouse before they begin, as of `{asOf:String}` and about `{entity:String}` ('': the whole organisation). Each names
 * how many rows it gives at most.
 */

const asOf = `parseDateTime64BestEffort({asOf:String}, 3, 'UTC')`;

/** The last things that happened to the entity. */
export const timeline = `SELECT time, origin, type, id
FROM events
WHERE entity = {entity:String} AND time <= ${asOf} AND time > ${asOf} - INTERVAL 90 DAY
ORDER BY time DESC, id
LIMIT 40`;

/** Its scores as they are, with the reasons that weigh most. */
export const scores = `SELECT t.name AS name, t.subject AS subject, argMax(t.value, (t.time, t.id)) AS value,
  argMax(t.confidence, (t.time, t.id)) AS confidence, max(t.time) AS time,
  arraySlice(arraySort(r -> -abs(r.2), argMax(arrayMap(c -> (c.name, c.weight * c.value), t.contributions), (t.time, t.id))), 1, 3) AS because
FROM scores AS t
WHERE t.entity = {entity:String} AND t.time <= ${asOf} AND t.time > ${asOf} - INTERVAL 90 DAY
GROUP BY name, subject
ORDER BY time DESC, name, subject
LIMIT 20`;

/** Alerts that were open then. */
export const alerts = `SELECT t.id AS id, any(t.entity) AS entity, any(concat(t.pipeline, '/', t.rule)) AS rule, argMax(t.severity, t.version) AS severity,
  argMax(t.title, t.version) AS title, argMax(t.status, t.version) AS status, argMax(t.openedAt, t.version) AS openedAt
FROM alert_transitions AS t
WHERE ({entity:String} = '' OR t.entity = {entity:String}) AND t.at <= ${asOf} AND t.at > ${asOf} - INTERVAL 90 DAY
GROUP BY id
HAVING status IN ('open', 'acknowledged')
ORDER BY severity = 'critical' DESC, severity = 'warning' DESC, openedAt DESC, id
LIMIT 20`;

/** What is usual of its scores: the median of the eighty-nine days before the last, and how far off it usually lies. */
export const baselines = `SELECT name, count() AS seen, medianExact(value) AS usual,
  arrayReduce('medianExact', arrayMap(one -> abs(one - usual), groupArray(1000)(value))) AS spread
FROM scores
WHERE entity = {entity:String} AND subject IS NULL AND time <= ${asOf} - INTERVAL 1 DAY AND time > ${asOf} - INTERVAL 90 DAY
GROUP BY name
HAVING seen >= 5
ORDER BY seen DESC, name
LIMIT 20`;

/** Where it stands among its like by the last of each score: the share of them that have less. */
export const peers = `SELECT name, value, others, median, share FROM (
SELECT name, anyIf(last, entity = {entity:String}) AS value, groupArrayIf(last, entity != {entity:String}) AS theirs,
  length(theirs) AS others, arrayReduce('medianExact', theirs) AS median, round(arrayCount(one -> one < value, theirs) / others, 3) AS share
FROM (
  SELECT name, entity, argMax(value, (time, id)) AS last
  FROM scores
  WHERE subject IS NULL AND time <= ${asOf} AND time > ${asOf} - INTERVAL 90 DAY
    AND startsWith(entity, concat(splitByChar(':', {entity:String})[1], ':'))
  GROUP BY name, entity
)
GROUP BY name
HAVING countIf(entity = {entity:String}) > 0 AND others >= 3
)
ORDER BY abs(share - 0.5) DESC, name
LIMIT 20`;
