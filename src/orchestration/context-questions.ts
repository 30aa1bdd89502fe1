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

/** BM25 (Robertson and Zaragoza 2009), with its usual constants, over `docs (id, words, …)`, by `{terms:Array(String)}`. */
const ranked = (columns: string) => `, known AS (
  SELECT count() AS n, avg(length(words)) AS usual, sumForEach(arrayMap(t -> toUInt64(has(words, t)), {terms:Array(String)})) AS having
  FROM docs
)
SELECT ${columns},
  arraySum(
    (t, d) -> log(1 + (n - d + 0.5) / (d + 0.5)) * countEqual(words, t) * 2.2 / (countEqual(words, t) + 1.2 * (0.25 + 0.75 * length(words) / usual)),
    {terms:Array(String)}, having
  ) AS score
FROM docs CROSS JOIN known
WHERE score > 0
ORDER BY score DESC, id
LIMIT 20`;

const wordsOf = (text: string) => `arrayFilter(w -> length(w) > 2, splitByNonAlpha(lowerUTF8(${text})))`;

/** Alerts of the last year that had ended by then, whoever they were about, that tell of the like; and how they ended. */
export const pastAlerts = `WITH docs AS (
  SELECT concat('alert:', t.id, '/', toString(t.episode)) AS id, any(t.entity) AS entity, argMax(t.title, t.version) AS title,
    any(concat(t.pipeline, '/', t.rule)) AS rule, argMax(t.transition, t.version) AS ended, argMax(t.by, t.version) AS by,
    argMax(t.why, t.version) AS why, max(t.at) AS endedAt, round(dateDiff('minute', min(t.at), max(t.at)) / 60, 1) AS hours,
    ${wordsOf(`concat(title, ' ', any(t.kind), ' ', any(t.rule), ' ', arrayStringConcat(argMax(t.evidence.text, t.version), ' '))`)} AS words
  FROM alert_transitions AS t
  WHERE t.at <= ${asOf} AND t.at > ${asOf} - INTERVAL 365 DAY
  GROUP BY t.id, t.episode
  HAVING ended IN ('resolved', 'expired')
  ORDER BY endedAt DESC
  LIMIT 20000
)${ranked('id, entity, title, rule, ended, by, why, endedAt, hours')}`;

/** Runs of the last year that had ended by then and found something of the like, and how they ended. */
export const pastRuns = `WITH docs AS (
  SELECT concat('run:', run) AS id, JSONExtractString(result, 'entity') AS entity, JSONExtractString(result, 'goal') AS goal,
    substring(JSONExtractString(result, 'summary'), 1, 300) AS summary, ended AS outcome, endedAt,
    ${wordsOf(`concat(JSONExtractString(result, 'kind'), ' ', goal, ' ', JSONExtractString(result, 'summary'))`)} AS words
  FROM (
    SELECT t.run AS run, anyIf(JSONExtractRaw(t.data, 'result'), t.fact = 'result-synthesised') AS result, anyIf(t.outcome, t.fact = 'run-ended') AS ended,
      maxIf(t.at, t.fact = 'run-ended') AS endedAt
    FROM agent_runs AS t
    WHERE t.fact IN ('result-synthesised', 'run-ended') AND t.run != {run:String}
    GROUP BY t.run
    ORDER BY endedAt DESC
    LIMIT 5000
  )
  WHERE result != '' AND JSONExtractString(result, 'asOf') <= {asOf:String} AND JSONLength(result, 'findings') > 0
)${ranked('id, entity, goal, summary, outcome, endedAt')}`;
