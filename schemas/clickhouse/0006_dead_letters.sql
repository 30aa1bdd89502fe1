CREATE TABLE IF NOT EXISTS weir.dead_letters (
  id String COMMENT 'Hash of hop and cause: a repeat is the same letter',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  hop LowCardinality(String) COMMENT 'Where it could not go on: intake, pipeline or archive',
  source LowCardinality(String) COMMENT 'Origin of the event, where known',
  reason LowCardinality(String) COMMENT 'A stable word, such as unmappable',
  detail String COMMENT 'What exactly, for people',
  eventId Nullable(String) COMMENT 'Id of the event, where it had one already',
  at DateTime64(3, 'UTC') COMMENT 'When it was put here',
  events UInt32 COMMENT 'How many events it stands for',
  body String COMMENT 'The bytes, base64' CODEC(ZSTD(1)),
  contentType LowCardinality(String) COMMENT 'What the bytes are',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY hop
ORDER BY (org, hop, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'What could not be handled, with the reason and the bytes'
