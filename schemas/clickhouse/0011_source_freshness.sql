CREATE OR REPLACE VIEW weir.source_freshness (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  origin LowCardinality(String) COMMENT 'Connector the events came through',
  events UInt64 COMMENT 'Events ever kept',
  eventsLastDay UInt64 COMMENT 'Events received in the last 24 hours',
  lastReceivedAt DateTime64(3, 'UTC') COMMENT 'When the newest came through the door',
  lastEventAt DateTime64(3, 'UTC') COMMENT 'When the newest happened',
  secondsSinceLast Int64 COMMENT 'Seconds since the newest came through the door',
  medianDelaySeconds Float64 COMMENT 'From happening to the door, median of the last 24 hours before the newest'
) SQL SECURITY INVOKER AS
SELECT
  org,
  origin,
  count() AS events,
  countIf(receivedAt > now64(3) - INTERVAL 1 DAY) AS eventsLastDay,
  max(receivedAt) AS lastReceivedAt,
  max(time) AS lastEventAt,
  dateDiff('second', lastReceivedAt, now64(3)) AS secondsSinceLast,
  quantileIf(0.5)(dateDiff('millisecond', time, receivedAt) / 1000, receivedAt > newest - INTERVAL 1 DAY) AS medianDelaySeconds
FROM (
  SELECT org, origin, time, receivedAt, max(receivedAt) OVER (PARTITION BY org, origin) AS newest FROM weir.events
)
GROUP BY org, origin
COMMENT 'Which sources still speak, and how late'
