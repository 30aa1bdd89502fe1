import { createAnalyst } from './shared/analyst.ts';
import { duplicates } from './triage/duplicates.ts';
import { priority } from './triage/priority.ts';
import { riskScore } from './triage/risk-score.ts';
import { ticket } from './triage/ticket.ts';

/** Sorts what is open: what comes first, what will get worse, whose it is, and what is the same. */
export const triage = createAnalyst({
  name: 'triage',
  version: 2,
  description: 'Priorities, risks, tickets with an escalation path, and duplicates of what is open',
  skills: {
    priority: {
      description:
        'Which open alerts come first, by severity, by how often their like were acted on, and by what is at stake',
      output: ['priorities'],
      find: priority,
    },
    'risk-score': {
      description: 'How likely each open alert is to turn critical, by what became of its like at that age',
      output: ['risks'],
      find: riskScore,
    },
    ticket: {
      description: 'A ticket for each open alert: whose it is, and who is next when nobody takes it in the usual time',
      output: ['tickets'],
      find: ticket,
    },
    duplicates: {
      description: 'Open alerts that tell of one and the same thing, and the first of them',
      output: ['groups'],
      find: duplicates,
    },
  },
});
