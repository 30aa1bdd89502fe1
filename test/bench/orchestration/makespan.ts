import type { Agent } from '../../../src/orchestration/agent.ts';
import { decidersOf } from '../../../src/orchestration/deciders.ts';
import { factOf } from '../../../src/orchestration/fold.ts';
import { kinds } from '../../../src/orchestration/kinds.ts';
import type { Deciders, Plan, Run } from '../../../src/orchestration/run.ts';
import { planOf } from '../../../src/orchestration/steps.ts';
import { longestFrom } from '../../../src/orchestration/complexity.ts';
import { aRequest } from '../../orchestration/support/reference.ts';
import type { Bench, Row } from '../support/figure.ts';
import { durationOf, patientAgents } from './patient.ts';
import { carryOut, quantileOf } from './runs.ts';

/** At least so much sooner than one by one, in the median of the templates. */
const gainWanted = 0.4;

/**
 * From a run's plan to its end, of each shipped template: as it is shipped, with the same agents one step after the other, and
 * what the longest way through it takes those agents alone.
 */
export async function measureMakespans(bench: Bench): Promise<readonly Row[]> {
  const agents = patientAgents();
  const shipped = decidersOf(agents.map(({ card }) => card));
  const rows: Row[] = [];
  const gains: number[] = [];
  for (const { kind } of kinds) {
    bench.progress(`makespan of ${kind}`);
    const asShipped = await medianRun(kind, shipped, agents, bench);
    const oneByOne = await medianRun(kind, sequential(shipped), agents, bench);
    const gain = 1 - asShipped.makespanMs / oneByOne.makespanMs;
    gains.push(gain);
    rows.push({
      what: `makespan, ${kind}`,
      unit: 'ms',
      weir: asShipped.makespanMs,
      bare: { is: 'its agents alone, along the critical path', value: asShipped.criticalMs },
      ratio: asShipped.criticalMs / asShipped.makespanMs,
      note: `one by one ${oneByOne.makespanMs} ms: ${Math.round(gain * 100)} % sooner; ${asShipped.steps} steps`,
    });
  }
  const median = quantileOf(gains, 0.5);
  rows.push({
    what: 'makespan of the shipped templates against one by one, median',
    unit: '% sooner',
    weir: Math.round(median * 100),
    ratio: median,
    target: { of: 'ratio', atLeast: gainWanted },
  });
  return rows;
}

const sequential = (how: Deciders): Deciders => ({
  ...how,
  plan(request, context) {
    const plan = how.plan(request, context);
    return 'impossible' in plan ? plan : { ...plan, strategy: 'sequential', parallel: 1 };
  },
});

interface Made {
  readonly makespanMs: number;
  readonly criticalMs: number;
  readonly steps: number;
}

async function medianRun(kind: string, how: Deciders, agents: readonly Agent[], { rounds }: Bench): Promise<Made> {
  const made: Made[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { runs } = await carryOut('embedded', [aRequest('r', { kind })], { how, agents, inFlight: 1 });
    made.push(...runs.map(madeOf));
  }
  const median = made.toSorted((a, b) => a.makespanMs - b.makespanMs)[Math.floor(made.length / 2)];
  if (!median) throw new Error(`there is no run of ${kind}`);
  return median;
}

function madeOf(run: Run): Made {
  const plan: Plan | undefined = planOf(run);
  const [decided, ended] = [factOf(run, 'plan-decided'), factOf(run, 'run-ended')];
  if (!plan || !decided || ended?.fact.outcome !== 'completed') throw new Error('a run was not completed');
  const lengths = longestFrom(plan.steps, ({ skill }) => durationOf(skill));
  return {
    makespanMs: ended.at - decided.at,
    criticalMs: Math.max(0, ...lengths.values()),
    steps: plan.steps.length,
  };
}
