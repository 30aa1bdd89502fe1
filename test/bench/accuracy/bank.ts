import type { Features } from '../../../src/scoring/learning/logistic.ts';
import { csvOf } from './data.ts';

/** A call of the bank-marketing set: what was known of the customer and the market, and whether it sold. */
export interface BankCall {
  readonly features: Features;
  /** Length of the call, s: known only after it. */
  readonly duration: number;
  readonly sold: boolean;
}

export const bankFile = 'bank-marketing/bank-additional.csv.gz';

export const bankCalls = (text: string): readonly BankCall[] => csvOf(text, ';').map(callOf);

const words = [
  'job',
  'marital',
  'education',
  'default',
  'housing',
  'loan',
  'contact',
  'month',
  'day_of_week',
  'poutcome',
];
const numbers = [
  'age',
  'campaign',
  'previous',
  'emp.var.rate',
  'cons.price.idx',
  'cons.conf.idx',
  'euribor3m',
  'nr.employed',
];

function callOf(row: Readonly<Record<string, string>>): BankCall {
  const said = (names: readonly string[]) => names.map((name): [string, string] => [name, row[name] ?? '']);
  const features = Object.fromEntries([
    ...said(words),
    ...said(numbers).map(([name, text]): [string, number] => [name, Number(text)]),
    // 999 says that there was no contact before.
    ['contacted before', row['pdays'] === '999' ? 'no' : 'yes'],
  ]);
  return { features, duration: Number(row['duration']), sold: row['y'] === 'yes' };
}
