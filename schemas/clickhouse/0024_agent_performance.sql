CREATE OR REPLACE VIEW weir.agent_performance (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  agent String COMMENT 'Who was asked',
  skill String COMMENT 'For what',
  attempts UInt64 COMMENT 'How often it was asked and has answered or failed',
  finished UInt64 COMMENT 'How often it gave a report',
  abstained UInt64 COMMENT 'How many of those said that there was too little to go by',
  failed UInt64 COMMENT 'How often it failed or took too long',
  running UInt64 COMMENT 'How often it is at it now',
  successRate Nullable(Float64) COMMENT 'finished / attempts',
  medianSeconds Nullable(Float64) COMMENT 'How long an attempt took, median',
  p90Seconds Nullable(Float64) COMMENT 'The same, nine of ten were faster',
  money Float64 COMMENT 'US dollars it cost in all',
  tokens Float64 COMMENT 'Tokens of models it cost in all',
  agentSeconds Float64 COMMENT 'Seconds it was at work in all',
  lastAskedAt DateTime64(3, 'UTC') COMMENT 'When it was last asked'
) SQL SECURITY INVOKER AS
SELECT
  org,
  agent,
  skill,
  countIf(status IN ('finished', 'failed')) AS attempts,
  countIf(status = 'finished') AS finished,
  countIf(agent_attempts.abstained) AS abstained,
  countIf(status = 'failed') AS failed,
  countIf(status = 'running') AS running,
  if(attempts = 0, NULL, finished / attempts) AS successRate,
  if(count(seconds) = 0, NULL, quantileExactInclusive(0.5)(seconds)) AS medianSeconds,
  if(count(seconds) = 0, NULL, quantileExactInclusive(0.9)(seconds)) AS p90Seconds,
  sum(agent_attempts.money) AS money,
  sum(agent_attempts.tokens) AS tokens,
  sum(agent_attempts.agentSeconds) AS agentSeconds,
  max(askedAt) AS lastAskedAt
FROM weir.agent_attempts
GROUP BY org, agent, skill
COMMENT 'How well, how fast and at what cost each agent does what it can do'
