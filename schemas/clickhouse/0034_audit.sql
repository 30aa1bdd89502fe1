CREATE TABLE IF NOT EXISTS weir.audit (
  id String COMMENT 'Its own',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  at DateTime64(3, 'UTC') COMMENT 'When it was over',
  by String COMMENT 'Who: the identity that asked, or configuration',
  action LowCardinality(String) COMMENT 'What: alert.acknowledge, alert.resolve, run.request, run.cancel, run.approve, run.deny, run.answer, run.message, model.release, dead-letter.replay, settings.change, query',
  target String COMMENT 'Of what: id of the alert, run or dead letter, name of the model; empty where there was none yet',
  outcome LowCardinality(String) COMMENT 'done; refused: it could not be, as it stood or as it was asked; failed: weir could not, or does not know whether it did',
  code LowCardinality(String) COMMENT 'Code of the error, where it is not done',
  why String COMMENT 'The reason they gave, where one is asked for',
  data String COMMENT 'What else they said, as JSON text',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(at)
ORDER BY (org, at, id)
COMMENT 'Who did what, and what became of it'
