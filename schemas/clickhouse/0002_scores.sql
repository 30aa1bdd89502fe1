CREATE TABLE IF NOT EXISTS weir.scores (
  id String COMMENT 'Hash of what caused it: the same on every replay',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  entity String COMMENT 'Whom it is about',
  name LowCardinality(String) COMMENT 'Name of the figure, such as customer_health',
  subject Nullable(String) COMMENT 'What of the entity it is about (a deal, a conversation), null for the whole',
  value Float64 COMMENT 'The figure; the sum of weight × value of its contributions',
  confidence Float64 COMMENT 'How much evidence stands behind it, 0 to 1',
  contributions Array(Tuple(name String, weight Float64, value Float64, eventId String, quote Nullable(String))) COMMENT 'Why: each reason with its part, the event it was seen in and what was seen there',
  time DateTime64(3, 'UTC') COMMENT 'Event time it holds for',
  pipeline LowCardinality(String) COMMENT 'Pipeline that made it',
  version UInt32 COMMENT 'Version of that pipeline',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(time)
ORDER BY (org, entity, name, time, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every score, with its reasons'
