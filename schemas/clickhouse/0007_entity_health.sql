CREATE OR REPLACE VIEW weir.entity_health (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  entity String COMMENT 'The account',
  health Float64 COMMENT 'Its newest customer_health, 0 (leaving) to 100',
  confidence Float64 COMMENT 'How much evidence stands behind it, 0 to 1',
  healthWeekBefore Nullable(Float64) COMMENT 'The same figure seven days before the newest, null where there was none',
  change Nullable(Float64) COMMENT 'health − healthWeekBefore',
  scoredAt DateTime64(3, 'UTC') COMMENT 'Event time of the newest score',
  openAlerts UInt64 COMMENT 'Alerts about it that are open or acknowledged'
) SQL SECURITY INVOKER AS
SELECT
  scored.org AS org,
  scored.entity AS entity,
  health,
  confidence,
  healthWeekBefore,
  health - healthWeekBefore AS change,
  scoredAt,
  alerted.open AS openAlerts
FROM (
  SELECT
    org,
    entity,
    argMax(value, (time, id)) AS health,
    argMax(confidence, (time, id)) AS confidence,
    argMaxIf(toNullable(value), (time, id), time <= latest - INTERVAL 7 DAY) AS healthWeekBefore,
    max(time) AS scoredAt
  FROM (
    SELECT org, entity, id, value, confidence, time, max(time) OVER (PARTITION BY org, entity) AS latest
    FROM weir.scores
    WHERE name = 'customer_health'
  )
  GROUP BY org, entity
) AS scored
LEFT JOIN (
  SELECT org, entity, count() AS open FROM weir.alerts WHERE status IN ('open', 'acknowledged') GROUP BY org, entity
) AS alerted ON scored.org = alerted.org AND scored.entity = alerted.entity
COMMENT 'How each account is doing, and where it is going'
