import { numberAt } from '../../core/read.ts';
import { asOf, named, payments } from './sql.ts';
import { numberIn, textIn } from './telling.ts';
import type { Analysis } from './analyst.ts';
import type { Rows } from '../../orchestration/agent.ts';

/** Revenue of whole calendar months, the oldest first and none left out, in the currency most was paid in. */
export interface Revenue {
  readonly months: readonly number[];
  readonly currency: string;
  readonly asked: Rows;
}

/** Payments of customers by calendar month (UTC), up to the month before the task's time; undefined where nothing was paid. */
export async function revenueOf({ ask }: Analysis, months = 60): Promise<Revenue | undefined> {
  const asked = await ask(`
    SELECT currency, toInt64(dateDiff('month', time, toStartOfMonth(${asOf}))) AS ago, round(sum(amount), 2) AS paid
    FROM ${payments}
    WHERE ${named} AND time < toStartOfMonth(${asOf})
      AND time >= toStartOfMonth(${asOf}) - INTERVAL ${months} MONTH
    GROUP BY currency, ago ORDER BY currency, ago DESC`);
  const sums = new Map<string, number>();
  for (const row of asked.rows) {
    const currency = textIn(row, 'currency');
    sums.set(currency, (sums.get(currency) ?? 0) + numberIn(row, 'paid'));
  }
  const [currency] = [...sums].toSorted((a, b) => b[1] - a[1])[0] ?? [];
  if (currency === undefined) return undefined;
  const paid = new Map(
    asked.rows
      .filter((row) => textIn(row, 'currency') === currency)
      .map((row) => [numberIn(row, 'ago'), numberAt(row, 'paid') ?? 0]),
  );
  const oldest = Math.max(...paid.keys());
  const values = Array.from({ length: oldest }, (_, index) => paid.get(oldest - index) ?? 0);
  // The first month was not whole, unless the customer came on its first day.
  return { months: values.slice(1), currency, asked };
}
