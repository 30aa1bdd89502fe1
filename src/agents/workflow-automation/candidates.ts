import { z } from 'zod';
import type { Analysis } from '../shared/analyst.ts';
import { givenTo } from '../../core/agent.ts';
import { numberAt } from '../../core/read.ts';
import { read, type Read } from '../operations/rows.ts';
import { abstain, type Capability, found, ranked } from '../shared/analyst.ts';
import { shareInterval } from '../shared/statistics.ts';
import { percentOf } from '../shared/telling.ts';
import { moves } from './steps.ts';

/** Times in 90 days, how nearly always it follows, and by how much the wait is more than a machine's, in minutes. */
const timesLeast = 20;
const followsLeast = 0.85;
const minutesLeast = 2;

const row = z.object({
  process: z.string(),
  after: z.string(),
  step: z.string(),
  times: z.number(),
  left: z.number(),
  minutes: z.number(),
  byMachine: z.number(),
});
export type Candidate = z.output<typeof row>;

/** Steps by hand of which everybody knows that they come next: a machine could do them, and at once. */
export const candidates: Capability = async (analysis) => {
  const { asked, steps } = await askCandidates(analysis);
  if (asked.rows.length === 0) return abstain(tooLittle);
  return found(
    ranked(
      steps.map((step) => ({
        kind: 'optimisation',
        entity: `process:${step.process}`,
        title: `In ${step.process}, "${step.step}" could be automated`,
        detail: `It follows "${step.after}" in ${percentOf(step.times / step.left)} of ${step.left} cases, by hand, ${step.minutes} minutes later (median).`,
        evidence: [
          asked.evidence(`${step.step} follows ${step.times} of ${step.left} times after ${step.minutes} minutes`),
        ],
        effect: { name: 'waiting saved', value: waitingOf(step), unit: 'hours a month' },
        confidence: shareInterval(step.times, step.left)[0],
        action: {
          text: `Let a rule do "${step.step}" when "${step.after}" has happened, and a person look at the exceptions`,
          ...worthOf(step, analysis),
        },
      })),
    ),
    { candidates: steps },
  );
};

export const tooLittle = `No step that came ${timesLeast} times after another in the last 90 days, of events with a subject.`;

export async function askCandidates({
  ask,
}: Analysis): Promise<{ asked: Read<Candidate>; steps: readonly Candidate[] }> {
  const asked = await read(ask(question), row);
  const steps = asked.rows.filter(
    ({ times, left, minutes, byMachine }) =>
      times / left >= followsLeast && minutes >= minutesLeast && byMachine / times < 0.5,
  );
  return { asked, steps };
}

/** Hours a month that cases would not wait. */
export const waitingOf = ({ times, minutes }: Candidate): number => Math.round((10 * times * minutes) / 60 / 3) / 10;

/** What it costs by hand in a year, where the task says what a person costs and how long the step takes one. */
export function worthOf({ times }: Candidate, { task }: Analysis) {
  const given = givenTo(task);
  const hourlyCost = numberAt(given, 'hourlyCost');
  const minutesPerStep = numberAt(given, 'minutesPerStep');
  if (hourlyCost === undefined || minutesPerStep === undefined) return { expectedValue: null, currency: null };
  return {
    expectedValue: Math.round(((times * 365) / 90) * (minutesPerStep / 60) * hourlyCost),
    currency: currencyOf(given['currency']),
  };
}

const currencyOf = (value: unknown): string | null =>
  typeof value === 'string' && /^[A-Z]{3}$/.test(value) ? value : null;

const question = `WITH ${moves}, left AS (
  SELECT process, activity AS after, count() AS left FROM moves WHERE then != '' GROUP BY process, after
), pairs AS (
  SELECT process, activity AS after, then AS step, count() AS times, countIf(thenMachine) AS byMachine, round(medianExact(hours) * 60, 1) AS minutes
  FROM moves WHERE then != '' AND then != activity GROUP BY process, after, step HAVING times >= ${timesLeast}
)
SELECT process, after, step, times, left.left AS left, minutes, byMachine
FROM pairs JOIN left USING (process, after)
ORDER BY times * minutes DESC, process, after, step
LIMIT 500`;
