/** What questions of agents have in common. Parts of SQL, with `{asOf:String}` and `{entity:String}` for their parameters. */

/** The time the task asks for, as ClickHouse's DateTime64 in UTC. */
export const asOf = `parseDateTime64BestEffort({asOf:String}, 3, 'UTC')`;

/** What happened in the last so many days before the task's time, of the column `time`. */
export const inLast = (days: number, before = 0): string =>
  before === 0
    ? `time > ${asOf} - INTERVAL ${days} DAY AND time <= ${asOf}`
    : `time > ${asOf} - INTERVAL ${days + before} DAY AND time <= ${asOf} - INTERVAL ${before} DAY`;

/** One entity where the task names one, else all of a kind (`account`). */
export const about = (kind: string): string =>
  `({entity:String} = '' AND startsWith(entity, '${kind}:') OR entity = {entity:String})`;

/** The one entity the task names, else all. */
export const named = `({entity:String} = '' OR entity = {entity:String})`;

/** Reasons of a score in its own words, those that raise it most first, four at most; without those that are of no interest. */
export const reasonsIn = (contributions: string, without: readonly string[] = []): string =>
  `arrayStringConcat(arrayMap(r -> concat(r.name, if(r.quote IS NULL, '', concat(' “', ifNull(r.quote, ''), '”'))), arraySlice(arraySort(
    r -> (-r.weight * r.value, r.name), arrayFilter(r -> r.weight * r.value > 0 AND r.name NOT IN (${['limit', ...without].map((name) => `'${name}'`).join(', ')}),
    ${contributions})), 1, 4)), ', ')`;

/** How many whole weeks before the task's time. */
export const weeksAgo = `intDiv(dateDiff('second', time, ${asOf}), 604800)`;

/** Currencies without a smaller unit: Stripe tells whole ones. */
const whole = `'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'`;

/** How many of Stripe's units make one of a currency. */
export const smallestIn = (currency: string): string => `if(${currency} IN (${whole}), 1, 100)`;

/**
 * Money that came in, and went back to customers (below 0): `(entity, time, id, currency, amount)`, the amount in whole units. A charge of an
 * invoice is told by the invoice.
 */
export const payments = `(
  SELECT entity, time, id, upper(JSONExtractString(object, 'currency')) AS currency,
    round(smallest / ${smallestIn('currency')}, 2) AS amount
  FROM (
    SELECT entity, time, id, JSONExtractRaw(data, 'data', 'object') AS object,
      multiIf(
        type = 'stripe.invoice.paid', JSONExtractInt(object, 'amount_paid'),
        type = 'stripe.charge.succeeded', if(JSONExtractString(object, 'invoice') = '', JSONExtractInt(object, 'amount'), 0),
        JSONExtractInt(data, 'data', 'previous_attributes', 'amount_refunded') - JSONExtractInt(object, 'amount_refunded')
      ) AS smallest
    FROM events
    WHERE stream = 'finance' AND type IN ('stripe.invoice.paid', 'stripe.charge.succeeded', 'stripe.charge.refunded')
  )
  WHERE smallest != 0
)`;
