CREATE TABLE IF NOT EXISTS weir.tasks (
  id String COMMENT 'Hash of what caused it: the same on every replay',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  entity String COMMENT 'Whom it is about',
  goal String COMMENT 'What agents are to find out or do, in a sentence',
  context String COMMENT 'What the pipeline gave along, as JSON text',
  pipeline LowCardinality(String) COMMENT 'Pipeline that asked',
  rule LowCardinality(String) COMMENT 'Name it has in its pipeline: what kind of task it is, and the kind of its run',
  time DateTime64(3, 'UTC') COMMENT 'Event time it was asked at',
  alert Nullable(String) COMMENT 'Id of the alert that is looked into, where there is one',
  run String COMMENT 'Id of the run it starts, in agent_sessions, where it was not held back: others of the same were under way or the day had its runs',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(time)
ORDER BY (org, entity, time, id)
COMMENT 'What pipelines asked agents to do'
