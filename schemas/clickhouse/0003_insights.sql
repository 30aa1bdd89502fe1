CREATE TABLE IF NOT EXISTS weir.insights (
  id String COMMENT 'Hash of what caused it: the same on every replay',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  entity String COMMENT 'Whom it is about',
  kind LowCardinality(String) COMMENT 'opportunity, risk or optimisation',
  title String COMMENT 'What it is, in a sentence',
  detail String COMMENT 'The same at length',
  expectedValue Nullable(Float64) COMMENT 'What it is worth in units of the currency, negative for a loss',
  currency LowCardinality(Nullable(String)) COMMENT 'ISO 4217',
  confidence Float64 COMMENT 'How much evidence stands behind it, 0 to 1',
  eventIds Array(String) COMMENT 'Events it was seen in',
  time DateTime64(3, 'UTC') COMMENT 'Event time it holds for',
  pipeline LowCardinality(String) COMMENT 'Pipeline that made it',
  version UInt32 COMMENT 'Version of that pipeline',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(time)
ORDER BY (org, entity, time, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What is worth knowing: opportunities, risks, optimisations'
