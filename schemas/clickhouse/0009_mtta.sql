CREATE OR REPLACE VIEW weir.mtta (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  kind LowCardinality(String) COMMENT 'What the alerts are about',
  severity LowCardinality(String) COMMENT 'How severe they were when they opened',
  episodes UInt64 COMMENT 'Times an alert was opened',
  acknowledged UInt64 COMMENT 'How many of those somebody took',
  meanSeconds Nullable(Float64) COMMENT 'Mean time from the cause at the door until somebody took it',
  medianSeconds Nullable(Float64) COMMENT 'The same, median',
  p90Seconds Nullable(Float64) COMMENT 'The same, nine of ten were faster'
) SQL SECURITY INVOKER AS
SELECT
  org,
  kind,
  severity,
  count() AS episodes,
  countIf(taken) AS acknowledged,
  if(acknowledged = 0, NULL, avgIf(seconds, taken)) AS meanSeconds,
  if(acknowledged = 0, NULL, quantileExactInclusiveIf(0.5)(seconds, taken)) AS medianSeconds,
  if(acknowledged = 0, NULL, quantileExactInclusiveIf(0.9)(seconds, taken)) AS p90Seconds
FROM (
  SELECT
    org,
    kind,
    id,
    episode,
    anyIf(severity, transition = 'opened') AS severity,
    countIf(transition = 'acknowledged') > 0 AS taken,
    dateDiff('millisecond', minIf(receivedAt, transition = 'opened'), minIf(at, transition = 'acknowledged')) / 1000 AS seconds
  FROM weir.alert_transitions
  GROUP BY org, kind, id, episode
  HAVING countIf(transition = 'opened') > 0
)
GROUP BY org, kind, severity
COMMENT 'Mean time to acknowledge'
