CREATE OR REPLACE VIEW weir.agent_relationships (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  run String COMMENT 'The run in which they worked together',
  relation String COMMENT 'builds-on: the second was given what the first gave; checks: the second judged what the first made; gathers: the second merged what several gave; delegates: the first is a run whose step the second run is',
  fromRun String COMMENT 'Run of the first: another one only where it delegates',
  fromStep String COMMENT 'Step of the first; empty where it delegates',
  fromAgent String COMMENT 'Who was asked last for that step; empty where nobody was',
  toStep String COMMENT 'Step of the second; empty where it delegates',
  toAgent String COMMENT 'Who was asked last for that step; empty where nobody was',
  at DateTime64(3, 'UTC') COMMENT 'When it was decided'
) SQL SECURITY INVOKER AS
SELECT
  org,
  run,
  edge.1 AS relation,
  if(edge.1 = 'delegates', edge.2, run) AS fromRun,
  if(edge.1 = 'delegates', '', edge.2) AS fromStep,
  if(edge.1 = 'delegates', '', asked[edge.2]) AS fromAgent,
  edge.3 AS toStep,
  asked[edge.3] AS toAgent,
  edge.4 AS at
FROM (
  SELECT
    org,
    run,
    CAST(arrayMap(
      attempt -> (attempt.2, attempt.3),
      arrayReverseSort(groupArrayIf((number, step, toString(agent)), fact = 'step-scheduled'))) AS Map(String, String)) AS asked,
    arrayJoin(arrayConcat(
      arrayFlatten(arrayMap(
        step -> arrayMap(
          need -> (multiIf(has(step.notBy, need), 'checks', step.gather != '', 'gathers', 'builds-on'), need, step.id, minIf(at, fact = 'plan-decided')),
          step.needs),
        JSONExtract(anyIf(data, fact = 'plan-decided'), 'plan', 'steps', 'Array(Tuple(id String, needs Array(String), notBy Array(String), gather String))'))),
      arrayMap(
        parent -> ('delegates', parent, '', minIf(at, fact = 'requested')),
        arrayFilter(parent -> parent != '', [JSONExtractString(anyIf(data, fact = 'requested'), 'request', 'parent', 'run')])))) AS edge
  FROM weir.agent_runs
  GROUP BY org, run
)
COMMENT 'Who worked with whom: steps that build on others, checkers and makers, runs and the runs within them'
