import type { Expectation } from './learning/logistic.ts';

/**
 * What is expected of customers before an organisation's own outcomes are known: weights set by hand in round numbers,
 * fitted to nothing. Numbers: log-odds a standard deviation, beside the usual mean and deviation of the feature.
 */
export const churnExpected: Expectation = {
  baseRate: 0.2,
  numbers: {
    'use, change': { weight: -0.6, mean: 0, deviation: 0.3 },
    'days without use': { weight: 0.5, mean: 1, deviation: 1 },
    'logins, change': { weight: -0.4, mean: 0, deviation: 0.3 },
    'days without logins': { weight: 0.4, mean: 1, deviation: 1 },
    'tickets a week': { weight: 0.2, mean: 0.5, deviation: 0.5 },
    'tickets, change': { weight: 0.2, mean: 0, deviation: 0.5 },
    'complaints a week': { weight: 0.5, mean: 0.2, deviation: 0.3 },
    'complaints, change': { weight: 0.3, mean: 0, deviation: 0.5 },
    'unanswered a week': { weight: 0.4, mean: 0.2, deviation: 0.3 },
    'failed payments a week': { weight: 0.5, mean: 0.1, deviation: 0.2 },
    'seats removed a week': { weight: 0.5, mean: 0.2, deviation: 0.5 },
    'champions lost a week': { weight: 0.6, mean: 0.05, deviation: 0.1 },
    'renewal near': { weight: 0.2, mean: 0.1, deviation: 0.2 },
    'months as customer': { weight: -0.4, mean: 3, deviation: 1 },
    'new customer': { weight: 0.2, mean: 0.1, deviation: 0.25 },
    'old customer': { weight: 0.2, mean: 0.5, deviation: 0.3 },
  },
  categories: {
    contract: { 'month-to-month': 0.7, 'one year': -0.5, 'two years': -1.2 },
    'technical support': { no: 0.2, yes: -0.2 },
  },
};
