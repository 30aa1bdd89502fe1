CREATE OR REPLACE VIEW weir.agent_attempts (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  run String COMMENT 'The run it is part of',
  step String COMMENT 'Step of the run''s plan, undo/… for taking it back',
  number UInt32 COMMENT 'Which attempt at the step, from 1',
  agent String COMMENT 'Who was asked',
  skill String COMMENT 'For what',
  status String COMMENT 'running, finished, failed, or left: the run ended before it did',
  fault String COMMENT 'Kind of fault where it failed: timed-out, transient, …',
  abstained Bool COMMENT 'It finished and said that there was too little to go by',
  askedAt DateTime64(3, 'UTC') COMMENT 'When it was decided',
  startedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When the agent began',
  seconds Nullable(Float64) COMMENT 'How long it took, as its worker measured',
  money Float64 COMMENT 'US dollars it cost',
  tokens Float64 COMMENT 'Tokens of models it cost',
  calls Float64 COMMENT 'Calls of models or tools it cost',
  agentSeconds Float64 COMMENT 'Seconds of the agent it cost'
) SQL SECURITY INVOKER AS
SELECT
  org,
  run,
  step,
  number,
  agent,
  skills[step] AS skill,
  multiIf(finished, 'finished', failed OR timedOut, 'failed', over, 'left', 'running') AS status,
  multiIf(finished, '', failed, said, timedOut, 'timed-out', '') AS fault,
  finished AND silent AS abstained,
  askedAt,
  startedAt,
  tookMs / 1000 AS seconds,
  money,
  tokens,
  calls,
  agentSeconds
FROM (
  SELECT
    org,
    run,
    if(fact = 'timer', splitByChar(' ', key)[3], step) AS step,
    if(fact = 'timer', toUInt32OrZero(splitByChar(' ', key)[4]), number) AS number,
    toString(anyIf(agent, fact = 'step-scheduled')) AS agent,
    minIf(at, fact = 'step-scheduled') AS askedAt,
    if(countIf(fact = 'step-started') = 0, NULL, minIf(at, fact = 'step-started')) AS startedAt,
    countIf(fact = 'step-finished') > 0 AS finished,
    anyIf(JSONType(data, 'report', 'abstained') = 'String', fact = 'step-finished') AS silent,
    countIf(fact = 'step-failed') > 0 AS failed,
    countIf(fact = 'timer') > 0 AS timedOut,
    toString(anyIf(fault, fact = 'step-failed')) AS said,
    max(agent_runs.tookMs) AS tookMs,
    sum(agent_runs.money) AS money,
    sum(agent_runs.tokens) AS tokens,
    sum(agent_runs.calls) AS calls,
    sum(agent_runs.agentSeconds) AS agentSeconds
  FROM weir.agent_runs
  WHERE fact IN ('step-scheduled', 'step-started', 'step-finished', 'step-failed') OR startsWith(key, 'timer attempt ')
  GROUP BY org, run, step, number
  HAVING countIf(fact = 'step-scheduled') > 0 AND agent != 'run'
) AS attempt
INNER JOIN (
  SELECT
    org,
    run,
    countIf(fact = 'run-ended') > 0 AS over,
    JSONExtract(anyIf(data, fact = 'plan-decided'), 'plan', 'steps', 'Array(Tuple(id String, skill String, undo String))') AS planned,
    CAST(arrayConcat(
      arrayMap(one -> (one.id, one.skill), planned),
      arrayMap(one -> (concat('undo/', one.id), one.undo), planned)) AS Map(String, String)) AS skills
  FROM weir.agent_runs
  WHERE fact IN ('plan-decided', 'run-ended')
  GROUP BY org, run
) AS plan USING (org, run)
COMMENT 'Every time an agent was asked to do a step, and what became of it; what a run of its own did stands under that run'
