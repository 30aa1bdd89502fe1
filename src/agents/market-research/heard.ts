import { asOf } from '../shared/sql.ts';

/** Competitors as they are named in news and, by trackers whose name tells of competitors, in calls: `(kind, competitor, entity, time, id)`. */
export const heard = `(
  SELECT 'news' AS kind, lower(if(JSONExtractString(data, 'competitor') != '', JSONExtractString(data, 'competitor'),
    if(startsWith(entity, 'competitor:'), substring(entity, 12), ''))) AS competitor, entity, time, id
  FROM events WHERE type = 'market.news' AND time <= ${asOf} AND competitor != ''
  UNION ALL
  SELECT 'calls' AS kind, arrayJoin(arrayDistinct(arrayMap(p -> lower(JSONExtractString(p, 'phrase')), arrayFlatten(arrayMap(
    t -> JSONExtractArrayRaw(t, 'phrases'), arrayFilter(t -> match(lower(JSONExtractString(t, 'name')), 'competit'),
      JSONExtractArrayRaw(data, 'callData', 'content', 'trackers'))))))) AS competitor, entity, time, id
  FROM events WHERE type = 'gong.call' AND time <= ${asOf}
)`;
