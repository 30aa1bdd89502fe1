import type { Rows } from '../../orchestration/agent.ts';
import type { Analysis } from '../shared/analyst.ts';
import { asOf, payments } from '../shared/sql.ts';
import { numberIn, textIn } from '../shared/telling.ts';

/**
 * Costs as somebody sends them: CloudEvents of type `finance.cost` with `{amount, currency, category, vendor}`, the amount in whole units:
 * `(time, id, currency, category, vendor, amount)`.
 */
export const costs = `(
  SELECT time, id, upper(JSONExtractString(data, 'currency')) AS currency, JSONExtractString(data, 'category') AS category,
    JSONExtractString(data, 'vendor') AS vendor, round(JSONExtractFloat(data, 'amount'), 2) AS amount
  FROM events WHERE type = 'finance.cost' AND amount != 0
)`;

/** Revenue and costs of whole calendar months (UTC), the oldest first and none left out, in the currency most is earned in. */
export interface Ledger {
  readonly currency: string;
  readonly revenue: readonly number[];
  /** By category. Empty where no costs are known. */
  readonly costs: ReadonlyMap<string, readonly number[]>;
  readonly asked: Rows;
}

const monthsMax = 36;

/** The months in which both are known, from the first whole one on; undefined where nothing was paid. */
export async function ledgerOf({ ask }: Analysis): Promise<Ledger | undefined> {
  const asked = await ask(`
    SELECT kind, currency, category, toInt64(dateDiff('month', time, toStartOfMonth(${asOf}))) AS ago, round(sum(amount), 2) AS total
    FROM (
      SELECT 'revenue' AS kind, currency, '' AS category, time, amount FROM ${payments}
      UNION ALL
      SELECT 'cost' AS kind, currency, category, time, amount FROM ${costs}
    )
    WHERE time < toStartOfMonth(${asOf}) AND time >= toStartOfMonth(${asOf}) - INTERVAL ${monthsMax} MONTH
    GROUP BY kind, currency, category, ago ORDER BY kind, currency, category, ago DESC`);
  const entries = asked.rows.map((row) => ({
    kind: textIn(row, 'kind'),
    currency: textIn(row, 'currency'),
    category: textIn(row, 'category'),
    ago: numberIn(row, 'ago'),
    total: numberIn(row, 'total'),
  }));
  const earned = entries.filter(({ kind }) => kind === 'revenue');
  const sums = new Map<string, number>();
  for (const { currency, total } of earned) sums.set(currency, (sums.get(currency) ?? 0) + total);
  const [currency] = [...sums].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  if (currency === undefined) return undefined;
  const mine = entries.filter((entry) => entry.currency === currency);
  const oldest = (kind: string) => Math.max(0, ...mine.filter((entry) => entry.kind === kind).map(({ ago }) => ago));
  const months = Math.min(oldest('revenue'), oldest('cost') || monthsMax) - 1;
  const series = (kind: string, category: string) => {
    const known = new Map(
      mine.filter((entry) => entry.kind === kind && entry.category === category).map(({ ago, total }) => [ago, total]),
    );
    return Array.from({ length: Math.max(months, 0) }, (_, index) => known.get(months - index) ?? 0);
  };
  const categories = new Set(mine.filter(({ kind }) => kind === 'cost').map(({ category }) => category));
  return {
    currency,
    revenue: series('revenue', ''),
    costs: new Map([...categories].map((category) => [category, series('cost', category)])),
    asked,
  };
}

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** All categories together, month by month. */
export const totalOf = ({ costs: all, revenue }: Ledger): readonly number[] =>
  revenue.map((_, month) => sumOf([...all.values()].map((series) => series[month] ?? 0)));
