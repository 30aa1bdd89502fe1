import type { CustomerSeen } from '../../../src/scoring/customer.ts';
import type { HealthGroup } from '../../../src/scoring/health.ts';
import { csvOf } from './data.ts';

/** A customer of the telco-churn set: what was known when it was asked, and whether it left. */
export interface TelcoCustomer {
  readonly id: string;
  /** As facts of an account. */
  readonly facts: readonly CustomerSeen[];
  /** As measures of health: mapped by hand from 0, bad, to 1, good; nothing is fitted. */
  readonly measures: readonly TelcoMeasure[];
  readonly left: boolean;
}

export type TelcoMeasure = { readonly group: HealthGroup; readonly value: number; readonly quote: string };

export const telcoFile = 'telco-churn/telco.csv';

/** All are asked at one time, ms. */
export const telcoAt = Date.UTC(2026, 0, 1);

export const telcoCustomers = (text: string): readonly TelcoCustomer[] =>
  csvOf(text).map((row) => {
    const said = (column: string): string => row[column] ?? '';
    return {
      id: said('customerID'),
      facts: factsOf(said),
      measures: measuresOf(said),
      left: said('Churn') === 'Yes',
    };
  });

type Said = (column: string) => string;

const monthMs = 30.44 * 86_400_000;
const contracts: Readonly<Record<string, string>> = {
  'Month-to-month': 'month-to-month',
  'One year': 'one year',
  'Two year': 'two years',
};
const sameFacts: Readonly<Record<string, string>> = {
  gender: 'gender',
  senior: 'SeniorCitizen',
  partner: 'Partner',
  dependents: 'Dependents',
  phone: 'PhoneService',
  lines: 'MultipleLines',
  internet: 'InternetService',
  security: 'OnlineSecurity',
  backup: 'OnlineBackup',
  protection: 'DeviceProtection',
  tv: 'StreamingTV',
  movies: 'StreamingMovies',
  paperless: 'PaperlessBilling',
  payment: 'PaymentMethod',
};

function factsOf(said: Said): readonly CustomerSeen[] {
  const contract = contracts[said('Contract')] ?? said('Contract');
  const facts: Readonly<Record<string, string | number>> = {
    ...Object.fromEntries(Object.entries(sameFacts).map(([fact, column]) => [fact, said(column)])),
    contract,
    'technical support': said('TechSupport').toLowerCase(),
    'monthly price': Number(said('MonthlyCharges')),
    'customer since': telcoAt - Number(said('tenure')) * monthMs,
  };
  return Object.entries(facts).map(([fact, value]) => ({
    eventId: 'telco',
    at: telcoAt,
    quote: `${fact}: ${value}`,
    fact,
    value,
  }));
}

function measuresOf(said: Said): readonly TelcoMeasure[] {
  const contract = byContract[said('Contract')] ?? 0.5;
  const measures = [
    ['engagement', 1 - 2 ** (-Number(said('tenure')) / 12), `${said('tenure')} months`],
    // What a customer is bound by says more than how it pays.
    ['commercial', contract, said('Contract')],
    ['commercial', contract, said('Contract')],
    ['commercial', byPayment[said('PaymentMethod')] ?? 0.5, said('PaymentMethod')],
    ['use', byInternet[said('InternetService')] ?? 0.5, said('InternetService')],
    ['support', said('TechSupport') === 'No' ? 0.5 : 0.9, 'technical support'],
    ['support', said('OnlineSecurity') === 'No' ? 0.5 : 0.9, 'online security'],
  ] as const;
  return measures.map(([group, value, quote]) => ({ group, value, quote }));
}

const byContract: Readonly<Record<string, number>> = { 'Month-to-month': 0.1, 'One year': 0.8, 'Two year': 1 };
const byPayment: Readonly<Record<string, number>> = {
  'Electronic check': 0.4,
  'Mailed check': 0.8,
  'Bank transfer (automatic)': 0.9,
  'Credit card (automatic)': 0.9,
};
const byInternet: Readonly<Record<string, number>> = { 'Fiber optic': 0.3, DSL: 0.7, No: 0.9 };
