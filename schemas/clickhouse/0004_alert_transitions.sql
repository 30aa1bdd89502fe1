CREATE TABLE IF NOT EXISTS weir.alert_transitions (
  id String COMMENT 'The alert: hash of organisation, pipeline, rule and fingerprint',
  version UInt32 COMMENT 'Which transition of the alert: 1 is its first, and each adds one',
  transition LowCardinality(String) COMMENT 'opened, updated, acknowledged, resolved or expired',
  by String COMMENT 'pipeline:<name>, or who commanded it',
  why String COMMENT 'The reason given',
  at DateTime64(3, 'UTC') COMMENT 'Event time of a pipeline''s transition, time of the command of a person''s',
  cause String COMMENT 'Id of the event or command that caused it',
  receivedAt DateTime64(3, 'UTC') COMMENT 'When the cause came through the door',
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  entity String COMMENT 'Whom it is about',
  kind LowCardinality(String) COMMENT 'customer_health, sales_pipeline, system_performance, financial or market_intelligence',
  severity LowCardinality(String) COMMENT 'info, warning or critical',
  status LowCardinality(String) COMMENT 'open, acknowledged, resolved or suppressed',
  title String COMMENT 'What somebody must know',
  evidence Array(Tuple(text String, eventIds Array(String), scores Array(Tuple(name String, value Float64)))) COMMENT 'What was seen, in which events, with which scores',
  recommendedActions Array(String) COMMENT 'What to do',
  roles Array(String) COMMENT 'Who should know',
  sources Array(String) COMMENT 'Origins of the events behind it',
  pipeline LowCardinality(String) COMMENT 'Pipeline that raised it',
  pipelineVersion UInt32 COMMENT 'Version of that pipeline',
  rule LowCardinality(String) COMMENT 'Which of its rules',
  fingerprint String COMMENT 'What makes it this alert and no other of the rule',
  episode UInt32 COMMENT 'How often it was opened, this time included',
  count UInt32 COMMENT 'How often it was seen in this episode',
  openedAt DateTime64(3, 'UTC') COMMENT 'Event time at which the episode began',
  lastSeenAt DateTime64(3, 'UTC') COMMENT 'Event time at which it was last seen',
  acknowledgedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When somebody took it',
  resolvedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended',
  storedAt DateTime64(3, 'UTC') COMMENT 'When it was in the log',
  precedence UInt64 MATERIALIZED 18446744073709551615 - toUnixTimestamp64Milli(storedAt) COMMENT 'Higher the earlier it was stored: of two copies the first is kept'
) ENGINE = ReplacingMergeTree(precedence)
PARTITION BY toYYYYMM(at)
ORDER BY (org, at, id, version)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Everything that happened to every alert: who, when, why, and the alert after it'
