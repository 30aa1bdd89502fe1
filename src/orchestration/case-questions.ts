/**
 * Past cases: alerts and runs that ended, of anybody in the organisation. As of `{asOf:String}`, of the year before; `{run:String}` is not a
 * case of its own. Each question names how many rows it gives at most.
 */

const asOf = `parseDateTime64BestEffort({asOf:String}, 3, 'UTC')`;

/** Characters of a case that its vector is made of. */
export const caseTextMax = 1_500;

/** The last 20,000 alerts that ended, with the text they are sought by; `when`: a condition on their transitions. */
const alertsThatEnded = (when: string) => `
  SELECT concat('alert:', t.id, '/', toString(t.episode)) AS id, any(t.entity) AS entity, argMax(t.title, t.version) AS title,
    any(concat(t.pipeline, '/', t.rule)) AS rule, argMax(t.transition, t.version) AS ended, argMax(t.by, t.version) AS by,
    argMax(t.why, t.version) AS why, max(t.at) AS endedAt, round(dateDiff('minute', min(t.at), max(t.at)) / 60, 1) AS hours,
    concat(title, ' ', any(t.kind), ' ', any(t.rule), ' ', arrayStringConcat(argMax(t.evidence.text, t.version), ' ')) AS text
  FROM alert_transitions AS t
  WHERE ${when} AND t.transition != 'investigated'
  GROUP BY t.id, t.episode
  HAVING ended IN ('resolved', 'expired')
  ORDER BY endedAt DESC
  LIMIT 20000`;

/** The last 5,000 runs that ended and found something; `when`: a condition on their result. */
const runsThatEnded = (which: string, when: string) => `
  SELECT concat('run:', run) AS id, JSONExtractString(result, 'entity') AS entity, JSONExtractString(result, 'goal') AS goal,
    substring(JSONExtractString(result, 'summary'), 1, 300) AS summary, ended AS outcome, endedAt,
    concat(JSONExtractString(result, 'kind'), ' ', goal, ' ', JSONExtractString(result, 'summary')) AS text
  FROM (
    SELECT t.run AS run, anyIf(JSONExtractRaw(t.data, 'result'), t.fact = 'result-synthesised') AS result, anyIf(t.outcome, t.fact = 'run-ended') AS ended,
      maxIf(t.at, t.fact = 'run-ended') AS endedAt
    FROM agent_runs AS t
    WHERE t.fact IN ('result-synthesised', 'run-ended') AND ${which}
    GROUP BY t.run
    ORDER BY endedAt DESC
    LIMIT 5000
  )
  WHERE result != '' AND ${when} AND JSONLength(result, 'findings') > 0`;

const pastAlerts = alertsThatEnded(`t.at <= ${asOf} AND t.at > ${asOf} - INTERVAL 365 DAY`);
const pastRuns = runsThatEnded('t.run != {run:String}', `JSONExtractString(result, 'asOf') <= {asOf:String}`);
const ofAlerts = 'id, entity, title, rule, ended, by, why, endedAt, hours';
const ofRuns = 'id, entity, goal, summary, outcome, endedAt';

/** BM25 (Robertson and Zaragoza 2009), with its usual constants, by `{terms:Array(String)}`. */
const byWords = (cases: string, columns: string) => `WITH cases AS (${cases}
), docs AS (
  SELECT *, arrayFilter(w -> length(w) > 2, splitByNonAlpha(lowerUTF8(text))) AS words FROM cases
), known AS (
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

/** Those whose vector, of `{model:String}`, is nearest to `{vector:Array(Float32)}` (cosine). */
const byMeaning = (cases: string, columns: string) => `WITH cases AS (${cases}
), vectors AS (
  SELECT id AS of, vector FROM case_vectors WHERE model = {model:String} AND length(vector) = length({vector:Array(Float32)})
)
SELECT ${columns}, round(cosineDistance(vector, {vector:Array(Float32)}), 4) AS distance
FROM cases INNER JOIN vectors ON vectors.of = cases.id
ORDER BY distance, id
LIMIT 20`;

/** Alerts and runs that tell of the like in the same words, and how they ended. */
export const inTheSameWords = [byWords(pastAlerts, ofAlerts), byWords(pastRuns, ofRuns)] as const;

/** Alerts and runs that mean the like, whatever their words. */
export const ofTheSameMeaning = [byMeaning(pastAlerts, ofAlerts), byMeaning(pastRuns, ofRuns)] as const;

/** Cases that have no vector of `{model:String}` yet, the newest first, and their text; at most 32. */
export const withoutVector = `SELECT id, substringUTF8(text, 1, ${caseTextMax}) AS text
FROM (
  SELECT id, text, endedAt FROM (${alertsThatEnded('1')})
  UNION ALL
  SELECT id, text, endedAt FROM (${runsThatEnded('1', '1')})
)
WHERE id NOT IN (SELECT id FROM case_vectors WHERE model = {model:String})
ORDER BY endedAt DESC, id
LIMIT 32`;
