import { groupBy } from '../core/group.ts';
import type { Template, TemplateStep } from '../core/template.ts';
import { openKind } from '../../schemas/run.ts';
import { planned } from './plan.ts';
import { toldOf } from './validate.ts';

/**
 * The kinds of tasks that are known beforehand: one for each kind of alert, and two for looking back. What needs nothing of
 * another runs beside it; what acts comes after what looked. Skills are those of the built-in agents.
 */
export const kinds: readonly Template[] = [
  {
    kind: 'customer_health',
    version: 1,
    steps: [
      look('churn', 'How likely they are to leave, and what speaks for it'),
      look('health', 'How well they are, against others and against before'),
      look('engagement', 'How they use and answer, and what changed'),
      look('expansion', 'Whether they could grow all the same'),
      look('business-impact', 'What it costs'),
      then('best-practice', 'What has helped in cases like it', ['churn', 'health']),
    ],
  },
  {
    kind: 'sales_pipeline',
    version: 1,
    steps: [
      look('pipeline', 'Which deals stand still, and where'),
      look('forecast', 'What is to be expected, with its interval'),
      look('performance', 'Who sells above and below the others'),
      look('churn', 'Whether it is customers who leave'),
      then('coaching', 'Who could learn what from whom', ['performance']),
    ],
  },
  {
    kind: 'system_performance',
    version: 1,
    steps: [
      look('anomalies', 'What is odd, and since when'),
      look('change-impact', 'Which change it follows'),
      look('metric-correlations', 'What moves with it'),
      look('capacity', 'What will be full, and when'),
      look('business-impact', 'Whom it costs what'),
      look('duplicates', 'Which alerts tell of the same'),
      then('blast-radius', 'Whom else it reaches', ['anomalies']),
      then('runbook-match', 'Which runbook there is for it', ['anomalies']),
      then('remediation', 'What to do, and how to go back', ['change-impact', 'runbook-match']),
      then('ticket', 'Who takes it, and who is next', ['blast-radius', 'duplicates']),
    ],
  },
  {
    kind: 'financial',
    version: 1,
    steps: [
      look('kpis', 'How the figures stand against before'),
      look('margins', 'Where margins move'),
      look('forecast', 'What is to be expected, with its interval'),
      look('savings', 'What could be saved, and what it returns'),
      look('churn', 'Whether it is customers who leave'),
      then('scenarios', 'What becomes of it if it goes on', ['forecast', 'margins']),
    ],
  },
  {
    kind: 'market_intelligence',
    version: 1,
    steps: [
      look('competitors', 'Who moves, and where to'),
      look('trends', 'What is talked of more'),
      look('opportunity', 'Where there is room'),
      look('churn', 'Which customers it may cost'),
      then('positioning', 'Where we stand among them', ['competitors', 'trends']),
    ],
  },
  {
    kind: 'operations_review',
    version: 1,
    steps: [
      look('alert-patterns', 'Which alerts go together'),
      look('recurring-patterns', 'Which come back at the same hour'),
      look('noisy-rules', 'Which rules nobody acts on'),
      look('calibration', 'How true what was said came'),
      look('runbooks', 'What has helped'),
      then('priority', 'What comes first', ['alert-patterns', 'noisy-rules']),
    ],
  },
  {
    kind: 'workflow_review',
    version: 1,
    steps: [
      look('efficiency', 'Which processes became slower'),
      look('bottlenecks', 'Where they wait'),
      look('automation-candidates', 'What could be done by itself'),
      then('automation-plan', 'In which order, and what it returns', ['automation-candidates']),
    ],
  },
];

/**
 * `system_performance` where a person is asked (`runs.clearance`): what `remediation` proposes is cleared for whoever carries it out once somebody has
 * approved just that, and its evidence still holds.
 */
const cleared = (template: Template): Template => ({
  ...template,
  version: 2,
  steps: [
    ...template.steps,
    {
      ...then('clearance', 'Whether what is proposed may be carried out', ['remediation']),
      shows: ['remediation'],
      when: { step: 'remediation', name: 'proposed', is: true },
      approval: true,
    },
  ],
});

/** The kinds as they are with `clearance`. */
export const kindsWithClearance: readonly Template[] = kinds.map((each) =>
  each.kind === 'system_performance' ? cleared(each) : each,
);

/** What is wrong with kinds of runs beside those that come with weir, whoever the agents are: each in a sentence. */
export function kindFaults(own: readonly Template[]): readonly string[] {
  const names = [...kinds, ...own, { kind: openKind }].map(({ kind }) => kind);
  const twice = [...groupBy(names, (name) => name)].filter(([, { length }]) => length > 1);
  return [
    ...twice.map(([name]) => `Two kinds of runs are named ${name}.`),
    ...own.flatMap((template) => stepFaults(template).map((fault) => `Runs of kind ${template.kind}: ${fault}`)),
  ];
}

/** As far as they can be told before it is known who the agents are: names and circles. */
function stepFaults(template: Template): readonly string[] {
  const cost = { money: 0, tokens: 0, calls: 0, agentSeconds: 0 };
  const skills = template.steps.map(({ skill: id }) => ({
    id,
    description: '',
    input: [],
    output: [],
    cost,
    sideEffects: 'none' as const,
  }));
  const limits = { concurrent: 1, timeoutMs: 1 };
  const anybody = { name: 'anybody', version: 1, description: '', skills, limits };
  const goal = { kind: template.kind, wanted: [], given: [], budget: cost, risk: 'low' as const };
  const made = planned(goal, [anybody], [template]);
  return made.kind === 'impossible' ? made.faults.map(toldOf) : [];
}

/** A step that needs nothing of the others. A run says what it can where nobody has the skill. */
function look(skill: string, goal: string): TemplateStep {
  return { id: skill, skill, goal, optional: true };
}

function then(skill: string, goal: string, needs: readonly string[]): TemplateStep {
  return { ...look(skill, goal), needs };
}
