CREATE OR REPLACE VIEW weir.pipeline_velocity (
  org LowCardinality(String) COMMENT 'Organisation it belongs to',
  week Date COMMENT 'Monday of the week, UTC',
  deals UInt64 COMMENT 'Deals that changed their stage',
  moves UInt64 COMMENT 'Changes of a stage',
  won UInt64 COMMENT 'Deals that were won',
  lost UInt64 COMMENT 'Deals that were lost',
  winRate Nullable(Float64) COMMENT 'won / (won + lost), null where none closed',
  medianDaysToClose Nullable(Float64) COMMENT 'Days from a deal''s first change of stage to its close, median of those that closed'
) SQL SECURITY INVOKER AS
SELECT
  org,
  week,
  uniqExact(deal) AS deals,
  count() AS moves,
  uniqExactIf(deal, stage = 'closedwon') AS won,
  uniqExactIf(deal, stage = 'closedlost') AS lost,
  if(won + lost = 0, NULL, won / (won + lost)) AS winRate,
  if(won + lost = 0, NULL, quantileExactInclusiveIf(0.5)(days, stage IN ('closedwon', 'closedlost'))) AS medianDaysToClose
FROM (
  SELECT
    org,
    toMonday(time) AS week,
    (source, subject) AS deal,
    JSONExtractString(data, 'propertyValue') AS stage,
    dateDiff('second', min(time) OVER (PARTITION BY org, source, subject), time) / 86400 AS days
  FROM weir.events
  WHERE type = 'hubspot.deal.propertyChange' AND JSONExtractString(data, 'propertyName') = 'dealstage'
)
GROUP BY org, week
COMMENT 'How fast deals move through the sales pipeline, by week, from HubSpot''s changes of dealstage'
