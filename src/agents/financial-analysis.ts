import { kpis } from './financial-analysis/kpis.ts';
import { margins } from './financial-analysis/margins.ts';
import { savings } from './financial-analysis/savings.ts';
import { scenarios } from './financial-analysis/scenarios.ts';
import { anHourMs, createAnalyst } from './shared/analyst.ts';

/** Money: figures that leave their course, what eats the margin, what may come, and what can be saved. */
export const financialAnalysis = createAnalyst({
  name: 'financial-analysis',
  version: 3,
  description: 'Looks at money: key figures, margins and what eats them, the months to come, costs that can be saved',
  skills: {
    kpis: {
      description: 'Key figures of the last whole month that leave their course; of a customer, payments that do',
      output: ['figures off course', 'months'],
      find: kpis,
    },
    margins: {
      description: 'Categories of cost that take a growing part of revenue, and what is left of it',
      output: ['rising costs', 'margin'],
      find: margins,
    },
    scenarios: {
      description: 'Revenue less costs of the next six months: expected, low, high, and without the largest customer',
      output: ['scenarios', 'losses'],
      find: scenarios,
    },
    savings: {
      description: 'Suppliers who have become dearer and bills paid twice, with what can be saved and what it takes',
      output: ['dearer suppliers', 'paid twice'],
      freshMs: anHourMs,
      find: savings,
    },
  },
});
