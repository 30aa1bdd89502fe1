CREATE TABLE IF NOT EXISTS weir.alerts (
  id String COMMENT 'Hash of organisation, pipeline, rule and fingerprint',
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
  version UInt32 COMMENT 'How many transitions it has been through: the newest is what is read',
  episode UInt32 COMMENT 'How often it was opened, this time included',
  count UInt32 COMMENT 'How often it was seen in this episode',
  openedAt DateTime64(3, 'UTC') COMMENT 'Event time at which the episode began',
  lastSeenAt DateTime64(3, 'UTC') COMMENT 'Event time at which it was last seen',
  acknowledgedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When somebody took it',
  resolvedAt Nullable(DateTime64(3, 'UTC')) COMMENT 'When it ended',
  storedAt DateTime64(3, 'UTC') COMMENT 'When its last transition was in the log'
) ENGINE = ReplacingMergeTree(version)
PARTITION BY tuple()
ORDER BY (org, id)
SETTINGS non_replicated_deduplication_window = 1000
COMMENT 'Every alert as it is after its last transition'
