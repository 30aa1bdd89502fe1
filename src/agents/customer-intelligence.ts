import { churn } from './customer-intelligence/churn.ts';
import { engagement } from './customer-intelligence/engagement.ts';
import { expansion } from './customer-intelligence/expansion.ts';
import { health } from './customer-intelligence/health.ts';
import { createAnalyst } from './shared/analyst.ts';

/** Customers: how they are, who may leave, who may grow, and who does more or less with us than before. */
export const customerIntelligence = createAnalyst({
  name: 'customer-intelligence',
  version: 2,
  description: 'Looks at customers: their health, their risk of leaving, room to grow, and changes of engagement',
  skills: {
    health: {
      description: 'Customers whose health is low or falls steadily, with what pulls it down',
      output: ['unhealthy accounts'],
      find: health,
    },
    churn: {
      description: 'Customers likely to leave, with the signs of it and the revenue at stake',
      output: ['leaving accounts'],
      find: churn,
    },
    expansion: {
      description: 'Customers whose use grows towards their seats and who are well, with what more seats are worth',
      output: ['growing accounts', 'seats'],
      find: expansion,
    },
    engagement: {
      description: 'Customers who call, write and log in more or less than they used to',
      output: ['changed accounts'],
      find: engagement,
    },
  },
});
