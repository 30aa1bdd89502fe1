CREATE TABLE IF NOT EXISTS weir.events (
  id String COMMENT 'Message id: the same thing told twice has the same',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  entity String COMMENT 'Whom it is about, such as account:brightloom.io',
  origin LowCardinality(String) COMMENT 'Connector it came through: gong, hubspot, stripe, …',
  stream LowCardinality(String) COMMENT 'What it is about, and which pipelines read it',
  type LowCardinality(String) COMMENT 'What happened, in the words of its sender',
  source LowCardinality(String) COMMENT 'Who said it: the CloudEvents source, a URI',
  subject Nullable(String) COMMENT 'What of the source it is about, where the sender says so',
  time DateTime64(3, 'UTC') COMMENT 'When it happened',
  claimedTime Nullable(DateTime64(3, 'UTC')) COMMENT 'When the sender said it happened, where that lay in the future',
  receivedAt DateTime64(3, 'UTC') COMMENT 'When it came through the door',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  data String COMMENT 'The payload, JSON; read it with JSONExtractString(data, ''name'') and its kin' CODEC(ZSTD(1)),
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(time)
ORDER BY (org, entity, time, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every event that was accepted, once'
