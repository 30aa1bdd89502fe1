import { givenTo } from '../../core/agent.ts';
import { numberAt } from '../../core/read.ts';
import { abstain, type Capability, found } from '../shared/analyst.ts';
import { shareInterval } from '../shared/statistics.ts';
import { moneyOf } from '../shared/telling.ts';
import { askCandidates, tooLittle, waitingOf, worthOf } from './candidates.ts';

/** Longer than this a return is too far away to be sure of. */
const paybackMostMonths = 18;
/** Of the cases, how many go on by hand: what a rule cannot decide. */
const exceptionShare = 0.1;

/** In which order to automate: by how soon it pays back where costs are told, else by the waiting saved; each in three stages with a way back. */
export const automationPlan: Capability = async (analysis) => {
  const { asked, steps } = await askCandidates(analysis);
  if (asked.rows.length === 0) return abstain(tooLittle);
  const given = givenTo(analysis.task);
  const buildHours = numberAt(given, 'buildHours');
  const hourlyCost = numberAt(given, 'hourlyCost');
  const investment = buildHours === undefined || hourlyCost === undefined ? undefined : buildHours * hourlyCost;
  const planned = steps
    .map((step) => {
      const { expectedValue, currency } = worthOf(step, analysis);
      const yearly = expectedValue === null ? null : Math.round(expectedValue * (1 - exceptionShare));
      const payback =
        yearly === null || yearly <= 0 || investment === undefined ? null : rounded((12 * investment) / yearly);
      return { step, yearly, currency, payback, waiting: waitingOf(step) };
    })
    .filter(({ payback }) => payback === null || payback <= paybackMostMonths)
    .toSorted((a, b) => (a.payback ?? 0) - (b.payback ?? 0) || b.waiting - a.waiting);
  return found(
    planned.map(({ step, yearly, currency, payback, waiting }, index) => ({
      kind: 'optimisation',
      entity: `process:${step.process}`,
      title: `${index + 1}. Automate "${step.step}" of ${step.process}`,
      detail:
        payback === null
          ? `It saves ${waiting} hours of waiting a month; what it pays is known once hourlyCost, minutesPerStep and buildHours are told.`
          : `It pays back in ${payback} months and saves ${waiting} hours of waiting a month; a tenth of the cases stays by hand.`,
      evidence: [asked.evidence(`${step.times} times in 90 days, ${step.minutes} minutes after "${step.after}"`)],
      effect:
        payback === null
          ? { name: 'waiting saved', value: waiting, unit: 'hours a month' }
          : { name: 'payback', value: payback, unit: 'months' },
      confidence: shareInterval(step.times, step.left)[0] * (payback === null ? 0.8 : 1),
      action: {
        text:
          yearly === null || currency === null
            ? 'Try it on a tenth of the cases for two weeks, then on all'
            : `Try it on a tenth of the cases for two weeks, then on all: ${moneyOf(yearly, currency)} a year`,
        expectedValue: yearly,
        currency,
      },
    })),
    {
      plan: planned.map(({ step, payback }) => ({
        process: step.process,
        step: step.step,
        after: step.after,
        paybackMonths: payback,
        stages: ['propose to a person', 'a tenth of the cases by itself', 'all cases, exceptions to a person'],
        rollback: `turn the rule off: "${step.step}" is done by hand again`,
      })),
    },
  );
};

const rounded = (months: number): number => Math.round(10 * months) / 10;
