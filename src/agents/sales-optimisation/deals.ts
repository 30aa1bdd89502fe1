import { asOf } from '../shared/sql.ts';

/** Changes of deals up to the task's time, as the CRM told of them: `(source, deal, entity, time, id, name, value, by)`. */
const changes = `(
  SELECT source, ifNull(subject, '') AS deal, entity, time, id, JSONExtractString(data, 'propertyName') AS name,
    JSONExtractString(data, 'propertyValue') AS value, JSONExtractString(data, 'sourceId') AS by
  FROM events
  WHERE type IN ('hubspot.deal.creation', 'hubspot.deal.propertyChange') AND time <= ${asOf}
)`;

/** Changes of stage: `(source, deal, entity, time, id, stage)`. */
export const stageChanges = `(SELECT source, deal, entity, time, id, value AS stage FROM ${changes} WHERE name = 'dealstage')`;

/**
 * Deals as they are at the task's time: who sells it (its owner, else who changed it last), what stage it stands in since when, its
 * amount and the most it ever was, how often its closing was put off and a next step was noted before it closed.
 */
export const deals = `(
  SELECT source, deal, entity, openedAt, stage, stageSince, amount, currency, seller,
    stage IN ('closedwon', 'closedlost') AS closed, stage = 'closedwon' AS won,
    dateDiff('second', openedAt, stageSince) / 86400 AS days,
    if(most > 0, 1 - least(amount, most) / most, 0) AS discount,
    arrayCount(later -> later >= 86400000, arrayDifference(arrayMap(d -> d.2, arraySort(
      arrayFilter(d -> NOT closed OR d.1 < stageSince, dates))))) AS pushes,
    arrayCount(t -> NOT closed OR t <= stageSince, steps) AS nextSteps
  FROM (
    SELECT source, deal, argMax(entity, (time, id)) AS entity, min(time) AS openedAt,
      argMaxIf(value, (time, id), name = 'dealstage') AS stage, maxIf(time, name = 'dealstage') AS stageSince,
      argMaxIf(toFloat64OrZero(value), (time, id), name = 'amount') AS amount,
      maxIf(toFloat64OrZero(value), name = 'amount') AS most,
      argMaxIf(value, (time, id), name = 'deal_currency_code') AS currency,
      argMaxIf(value, (time, id), name = 'hubspot_owner_id') AS owner,
      if(owner = '', argMaxIf(by, (time, id), by != ''), owner) AS seller,
      groupArrayIf((time, toFloat64OrZero(value)), name = 'closedate') AS dates,
      groupArrayIf(time, name = 'hs_next_step' AND value != '') AS steps
    FROM ${changes} GROUP BY source, deal
  )
)`;
