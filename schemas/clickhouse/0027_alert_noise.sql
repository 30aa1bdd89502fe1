CREATE OR REPLACE VIEW weir.alert_noise (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  pipeline LowCardinality(String) COMMENT 'Pipeline that raised them',
  rule LowCardinality(String) COMMENT 'Which of its rules',
  kind LowCardinality(String) COMMENT 'What the alerts are about',
  alerts UInt64 COMMENT 'Different alerts',
  episodes UInt64 COMMENT 'How often they were opened',
  transitions UInt64 COMMENT 'How often it was told by its pipeline or a person',
  transitionsPerEpisode Float64 COMMENT 'transitions / episodes: how talkative the rule is',
  acknowledgedShare Float64 COMMENT 'Share of the episodes that somebody took',
  expiredShare Float64 COMMENT 'Share of the episodes that nobody took or repeated until they expired',
  lastAt DateTime64(3, 'UTC') COMMENT 'When one of them last changed'
) SQL SECURITY INVOKER AS
SELECT
  org,
  pipeline,
  rule,
  kind,
  uniqExact(id) AS alerts,
  uniqExact(id, episode) AS episodes,
  countIf(transition != 'investigated') AS transitions,
  transitions / episodes AS transitionsPerEpisode,
  uniqExactIf((id, episode), transition = 'acknowledged') / episodes AS acknowledgedShare,
  uniqExactIf((id, episode), transition = 'expired') / episodes AS expiredShare,
  max(at) AS lastAt
FROM weir.alert_transitions
GROUP BY org, pipeline, rule, kind
COMMENT 'Which rules talk much and are heard little'
