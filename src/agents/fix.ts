import { blastRadius } from './fix/blast-radius.ts';
import { remediation } from './fix/remediation.ts';
import { runbookMatch } from './fix/runbook-match.ts';
import { verification } from './fix/verification.ts';
import { createAnalyst } from './shared/analyst.ts';

/**
 * Proposes how to mend what is open, and looks whether it is mended. It changes nothing itself: every step of a proposal that does
 * says how it is taken back, and what approval it needs before anybody runs it.
 */
export const fix = createAnalyst({
  name: 'fix',
  version: 2,
  description: 'Remediation with a plan to go back, matching runbooks, the blast radius, and whether a fix worked',
  skills: {
    remediation: {
      description:
        'What to do about an open alert, by what held before and what was changed just before it, and how to go back',
      output: ['proposals', 'proposed'],
      find: remediation,
    },
    'runbook-match': {
      description: 'Which published runbook belongs to an open alert, by its rules or its words',
      output: ['matches'],
      find: runbookMatch,
    },
    'blast-radius': {
      description:
        'Whom else a critical alert reaches: those alerted of within two hours, more than usual, and what they pay',
      output: ['radius'],
      find: blastRadius,
    },
    verification: {
      description: 'Whether metrics that were odd during an alert are as usual again after it was ended',
      output: ['verdicts'],
      find: verification,
    },
  },
});
