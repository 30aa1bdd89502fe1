import { anHourMs, createAnalyst } from './shared/analyst.ts';
import { automationPlan } from './workflow-automation/automation-plan.ts';
import { bottlenecks } from './workflow-automation/bottlenecks.ts';
import { candidates } from './workflow-automation/candidates.ts';
import { efficiency } from './workflow-automation/efficiency.ts';

/** Mines processes from the events about one thing (a deal, a conversation, an invoice): where they wait, repeat, and need nobody. */
export const workflowAutomation = createAnalyst({
  name: 'workflow-automation',
  version: 1,
  description: 'How efficient processes are, where they wait, what could be automated, and what that returns',
  skills: {
    efficiency: {
      description: 'Which processes became slower or faster, what is done twice in them, and where cases stop',
      output: ['processes'],
      freshMs: anHourMs,
      find: efficiency,
    },
    'automation-candidates': {
      description: 'Steps by hand that nearly always follow the same step, often, and after a wait',
      output: ['candidates'],
      find: candidates,
    },
    bottlenecks: {
      description: 'The step of each process that waits longest, and whether it gets worse',
      output: ['bottlenecks'],
      freshMs: anHourMs,
      find: bottlenecks,
    },
    'automation-plan': {
      description:
        'In which order to automate, with return and payback by hourlyCost, minutesPerStep and buildHours of the input',
      output: ['plan'],
      find: automationPlan,
    },
  },
});
