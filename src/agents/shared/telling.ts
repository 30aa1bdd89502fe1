import type { JsonObject } from '../../core/json.ts';
import { numberAt, textAt } from '../../core/read.ts';

/** The number in a column that always has one; throws a RangeError where the question does not give it. */
export function numberIn(row: JsonObject, column: string): number {
  const value = numberAt(row, column);
  if (value === undefined) throw new RangeError(`the question gives no number ${column}`);
  return value;
}

/** The text in a column; '' where it is empty. */
export const textIn = (row: JsonObject, column: string): string => textAt(row, column) ?? '';

/** `brightloom` of `account:brightloom`. */
export const nameOf = (entity: string): string => entity.slice(entity.indexOf(':') + 1);

/** `12,300 USD`; the bare amount where the currency is not known. */
export const moneyOf = (amount: number, currency: string | null): string =>
  `${Math.round(amount).toLocaleString('en-US')} ${currency ?? ''}`.trimEnd();

/** `12 %` */
export const percentOf = (share: number): string => `${Math.round(share * 100)} %`;

export const countOf = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Two significant digits, at least whole numbers. */
export const about = (value: number): string => String(Number(value.toPrecision(Math.abs(value) >= 100 ? 3 : 2)));
