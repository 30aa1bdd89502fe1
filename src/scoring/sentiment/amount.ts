import type { Token } from '../tokens.ts';

const units: ReadonlyMap<string, number> = new Map([
  ...['thousand', 'k'].map((unit) => [unit, 1e3] as const),
  ...['mn', 'million', 'mln', 'm', 'millions'].map((unit) => [unit, 1e6] as const),
  ...['bn', 'billion', 'bln', 'b'].map((unit) => [unit, 1e9] as const),
]);
const shares = new Set(['pct', 'percent', 'per', 'percentage']);
const months = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$/;

/**
 * The amount whose number stands here, as market news writes it: `13.1 mn`, `EUR 0.26`, `100,000 tonnes`. Years, days, quarters and percentages are none: they are not what is
 * compared.
 */
export function amountAt(tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at];
  const match = /^(?:eur|usd|sek|gbp|dkk|nok|euro)?(\d+(?:[.,]\d+)*)(k|mn|m|mln|bn|b)?$/.exec(token?.word ?? '');
  if (!match) return undefined;
  const next = tokens[at + 1]?.word ?? '';
  const unit = units.get(match[2] ?? next);
  const written = match[1] ?? '';
  if (shares.has(next) || (unit === undefined && /^\d{1,2}$|^(?:19|20)\d\d$/.test(written))) return undefined;
  if (months.test(tokens[at - 1]?.word ?? '')) return undefined;
  const value = Number(/^\d{1,3}(?:,\d{3})+$/.test(written) ? written.replaceAll(',', '') : written.replace(',', '.'));
  return Number.isFinite(value) ? value * (unit ?? 1) : undefined;
}
