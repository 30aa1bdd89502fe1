import { asOf } from '../shared/sql.ts';
import { episodes } from './episodes.ts';

/**
 * CTEs up to `responses (name, response, hours, held, judged, by)` over `episodes`: how people ended alerts. `response` is their reason in small letters, numbers
 * as `#`; `held` where the rule told nothing more of that entity in the 7 days after, `judged` where those days are over or it did not hold.
 */
export const responses = `${episodes}, closed AS (
  SELECT *, leadInFrame(opened) OVER (
      PARTITION BY name, about ORDER BY opened, alert, episode ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS next
  FROM episodes
), responses AS (
  SELECT name, about, ender AS by, substringUTF8(lowerUTF8(trimBoth(replaceRegexpAll(reason, '[0-9]+', '#'))), 1, 80) AS response,
    dateDiff('second', opened, assumeNotNull(ended)) / 3600 AS hours,
    NOT (next > opened AND next <= assumeNotNull(ended) + INTERVAL 7 DAY) AS held,
    NOT held OR assumeNotNull(ended) <= ${asOf} - INTERVAL 7 DAY AS judged
  FROM closed
  WHERE ending = 'resolved' AND isNotNull(ended) AND NOT startsWith(ender, 'pipeline:') AND reason != ''
)`;
