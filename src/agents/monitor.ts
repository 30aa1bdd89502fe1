import { anomalies } from './monitor/anomalies.ts';
import { baselines } from './monitor/baselines.ts';
import { capacity } from './monitor/capacity.ts';
import { changeImpact } from './monitor/change-impact.ts';
import { createAnalyst } from './shared/analyst.ts';

/** Watches services by their metrics: what is usual, what is not, what a change did, and what will be full. */
export const monitor = createAnalyst({
  name: 'monitor',
  version: 2,
  description: 'Baselines of metrics, anomalies against them, the impact of changes, and limits ahead',
  skills: {
    baselines: {
      description: 'What is usual for each metric, how much the hour of the day explains, and which metrics left it',
      output: ['baselines'],
      find: baselines,
    },
    anomalies: {
      description: 'Hours of the last day that neither the trend nor the hour of the day explain, by metric',
      output: ['anomalies'],
      find: anomalies,
    },
    'change-impact': {
      description: 'What each change of the last week did to the metrics of what was changed, against days without one',
      output: ['impacts'],
      find: changeImpact,
    },
    capacity: {
      description: 'Metrics that reach their limit within two weeks, when, and with what interval',
      output: ['capacity'],
      find: capacity,
    },
  },
});
