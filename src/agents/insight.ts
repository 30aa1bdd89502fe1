import { alertPatterns } from './insight/alert-patterns.ts';
import { businessImpact } from './insight/business-impact.ts';
import { metricCorrelations } from './insight/metric-correlations.ts';
import { recurringPatterns } from './insight/recurring-patterns.ts';
import { sameHour } from './insight/same-hour.ts';
import { anHourMs, createAnalyst } from './shared/analyst.ts';

/** Looks for what goes together: alerts with alerts, metrics with metrics, alerts with the business, alerts with the calendar. */
export const insight = createAnalyst({
  name: 'insight',
  version: 2,
  description: 'Patterns among alerts and metrics, and what alerts cost the business',
  skills: {
    'alert-patterns': {
      description: 'Which alerts open within an hour of others more often than chance and the time of the week explain',
      output: ['pairs'],
      find: alertPatterns,
    },
    'metric-correlations': {
      description: 'Which metrics move together, and which one leads, with trends and the hour of the day taken out',
      output: ['pairs'],
      find: metricCorrelations,
    },
    'business-impact': {
      description: 'How health and payments of customers change with an alert, against customers without it',
      output: ['impacts'],
      find: businessImpact,
    },
    'recurring-patterns': {
      description: 'Which alerts come back at the same hour of the day or of the week',
      output: ['patterns'],
      freshMs: anHourMs,
      find: recurringPatterns,
    },
    // What monitor has, too, by another way: so two can be asked, and have to agree.
    anomalies: {
      description: 'Hours of the last day that lie far from the same hour of the days before, by metric',
      output: ['anomalies'],
      find: sameHour,
    },
  },
});
