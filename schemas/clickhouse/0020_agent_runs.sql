CREATE TABLE IF NOT EXISTS weir.agent_runs (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  run String COMMENT 'The run: hash of what caused it',
  key String COMMENT 'What makes it this fact and no other of the run: of two with one key the first in the log counts',
  fact LowCardinality(String) COMMENT 'What became true: requested, plan-decided, step-scheduled, step-finished, run-ended, …',
  at DateTime64(3, 'UTC') COMMENT 'When it was written',
  ordinal UInt32 COMMENT 'Of facts that were written at once: the later has the higher',
  step String COMMENT 'Step of the plan it is about, undo/… for taking it back; empty where it is about the run',
  number UInt32 COMMENT 'Attempt at the step, or which of several alike; 0 where there are none',
  agent LowCardinality(String) COMMENT 'Who was asked, for step-scheduled; else empty',
  worker String COMMENT 'Process that did it, for step-started, step-finished and step-failed; else empty',
  by String COMMENT 'Who said so, for what people say; else empty',
  outcome LowCardinality(String) COMMENT 'completed, undone, failed, cancelled or refused, for run-ended; else empty',
  fault LowCardinality(String) COMMENT 'Kind of fault, for step-failed; else empty',
  why String COMMENT 'Reason in words, where one is given',
  tookMs Nullable(Float64) COMMENT 'How long the attempt took, for step-finished and step-failed',
  money Float64 COMMENT 'US dollars the attempt cost',
  tokens Float64 COMMENT 'Tokens of models the attempt cost',
  calls Float64 COMMENT 'Calls of models or tools the attempt cost',
  agentSeconds Float64 COMMENT 'Seconds of agents the attempt cost',
  data String COMMENT 'The whole fact as JSON',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY tuple()
ORDER BY (org, run, key)
COMMENT 'Everything that became true of every run of agents, a fact a row'
