import { coaching } from './sales-optimisation/coaching.ts';
import { forecast } from './sales-optimisation/forecast.ts';
import { performance } from './sales-optimisation/performance.ts';
import { pipeline } from './sales-optimisation/pipeline.ts';
import { anHourMs, createAnalyst } from './shared/analyst.ts';

/** Sales: who sells how well, how deals move, what comes in, and what to practise. */
export const salesOptimisation = createAnalyst({
  name: 'sales-optimisation',
  version: 4,
  description: 'Looks at sales: sellers against their colleagues, the flow of deals, revenue to come, habits to coach',
  skills: {
    performance: {
      description: 'Sellers who win more or less of their deals than their colleagues',
      output: ['sellers apart'],
      freshMs: anHourMs,
      find: performance,
    },
    pipeline: {
      description: 'Deals that stand still, and steps at which more deals stop than used to',
      output: ['stalled deals', 'slower steps', 'velocity'],
      find: pipeline,
    },
    forecast: {
      description: 'Revenue of the next three months with the range it should lie in',
      output: ['months', 'past months', 'direction'],
      find: forecast,
    },
    coaching: {
      description: 'Habits that tell won deals from lost ones, and the sellers who lack them',
      output: ['sellers to coach'],
      freshMs: anHourMs,
      find: coaching,
    },
  },
});
