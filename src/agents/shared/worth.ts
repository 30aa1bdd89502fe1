import { numberIn, textIn } from './telling.ts';
import type { Analysis } from './analyst.ts';
import { about, inLast, payments } from './sql.ts';
import type { Evidence } from '../../core/agent.ts';

/** What a customer pays in a year, by what it paid in the last three months. */
export interface Worth {
  /** In whole units; 0 where nothing was paid. */
  readonly yearly: number;
  readonly currency: string | null;
  readonly evidence: readonly Evidence[];
}

const days = 90;

/** What customers are worth, by entity; of several currencies the one most was paid in. */
export async function worthOf({ ask }: Analysis): Promise<(entity: string) => Worth> {
  const paid = await ask(`
    SELECT entity, currency, round(sum(amount), 2) AS paid, count() AS payments FROM ${payments}
    WHERE ${about('account')} AND ${inLast(days)}
    GROUP BY entity, currency HAVING paid > 0 ORDER BY entity, paid DESC, currency LIMIT 1 BY entity`);
  const known = new Map(paid.rows.map((row) => [textIn(row, 'entity'), row]));
  return (entity) => {
    const row = known.get(entity);
    if (!row) return { yearly: 0, currency: null, evidence: [] };
    const [sum, currency] = [numberIn(row, 'paid'), textIn(row, 'currency')];
    const text = `${Math.round(sum)} ${currency} paid in ${days} days`;
    return { yearly: Math.round((sum * 365) / days), currency, evidence: [paid.evidence(text)] };
  };
}
