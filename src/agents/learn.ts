import { bestPractice } from './learn/best-practice.ts';
import { calibration } from './learn/calibration.ts';
import { noisyRules } from './learn/noisy-rules.ts';
import { runbooks } from './learn/runbooks.ts';
import { anHourMs, createAnalyst } from './shared/analyst.ts';

/** Learns from what became of things: which answers held, which were fast, which rules nobody needs, which forecasts came true. */
export const learn = createAnalyst({
  name: 'learn',
  version: 1,
  description: 'Runbooks and best practice from what worked, noisy rules, and how true forecasts came',
  skills: {
    runbooks: {
      description:
        'For each rule the answer after which the alert stayed away, as a runbook, and those that did not help',
      output: ['runbooks'],
      freshMs: anHourMs,
      find: runbooks,
    },
    'best-practice': {
      description: 'Which answers ended the alerts of a rule faster than other answers',
      output: ['practices'],
      find: bestPractice,
    },
    'noisy-rules': {
      description: 'Rules whose alerts nobody acts on, and how long to wait before telling of them',
      output: ['rules'],
      freshMs: anHourMs,
      find: noisyRules,
    },
    calibration: {
      description: 'How often what was called likely came true: deal_propensity and churn_risk against outcomes',
      output: ['calibrations'],
      freshMs: anHourMs,
      find: calibration,
    },
  },
});
