import { decidersOf } from '../../../src/orchestration/deciders.ts';
import { factOf, factsOf } from '../../../src/orchestration/fold.ts';
import { kinds } from '../../../src/orchestration/kinds.ts';
import { usualSettings } from '../../../src/orchestration/patterns.ts';
import type { Run, RunRequest } from '../../../src/orchestration/run.ts';
import { planOf } from '../../../src/orchestration/steps.ts';
import { aRequest } from '../../orchestration/support/reference.ts';
import type { Bench, Row } from '../support/figure.ts';
import { durationOf, patientAgents, patientPeers } from './patient.ts';
import { carryOut } from './runs.ts';

/** Runs of each template, a minute of event time apart, about so many customers in turn. */
const runsOfEach = 15;
const customers = 5;
const inFlight = 35;

/** Agent-seconds that were not spent, as the facts of the runs tell it. */
export async function measureSaved(bench: Bench): Promise<readonly Row[]> {
  bench.progress('agent-seconds saved');
  return [await savedByAsking(), await savedByStopping()];
}

/** For another task had asked the same. */
async function savedByAsking(): Promise<Row> {
  const agents = patientAgents();
  const turns = Array.from({ length: runsOfEach }, (_, turn) => turn);
  const requests = kinds.flatMap(({ kind }) => turns.map((turn) => requestOf(kind, turn)));
  const { runs } = await carryOut('embedded', requests, {
    how: decidersOf(agents.map(({ card }) => card)),
    agents,
    inFlight,
  });
  const finished = runs.flatMap((run) => factsOf(run, 'step-finished').map(({ fact }) => fact));
  const reused = finished.flatMap((fact) => (fact.reused ? [fact.reused] : []));
  const savedMs = reused.reduce((sum, each) => sum + each.savedMs, 0);
  const spentMs = finished.reduce((sum, { reused: free, tookMs }) => sum + (free ? 0 : tookMs), 0);
  const completed = runs.filter((run) => factOf(run, 'run-ended')?.fact.outcome === 'completed').length;
  const shared = reused.filter(({ how }) => how === 'shared').length;
  return {
    what: `agent-seconds saved by answers of others, ${runs.length} runs of the shipped templates`,
    unit: 's',
    weir: savedMs / 1_000,
    bare: { is: 'all that would have been spent', value: (savedMs + spentMs) / 1_000 },
    ratio: savedMs / Math.max(1, savedMs + spentMs),
    note: `${shared} answers shared while asked, ${reused.length - shared} kept, of ${finished.length}; ${completed} runs completed`,
  };
}

/** For enough of several agents had agreed before the others began. */
async function savedByStopping(): Promise<Row> {
  const agents = patientPeers(usualSettings.peers);
  const requests = kinds.map(({ kind }, turn) => ({ ...requestOf(kind, turn), pattern: 'swarm' as const }));
  const { runs } = await carryOut('embedded', requests, {
    how: decidersOf(agents.map(({ card }) => card)),
    agents,
    inFlight,
  });
  const steps = runs.flatMap((run) =>
    (planOf(run)?.steps ?? []).filter(({ gather }) => !gather).map((step) => ({ run, step })),
  );
  const needless = steps.filter(({ run, step: { id } }) => isNeedless(run, id));
  const ms = (of: typeof steps) => of.reduce((sum, { step: { skill } }) => sum + durationOf(skill), 0);
  const all = ms(steps);
  const saved = ms(needless);
  return {
    what: `agent-seconds saved by stopping early, ${runs.length} runs in the swarm pattern`,
    unit: 's',
    weir: saved / 1_000,
    bare: { is: 'all peers, in all rounds', value: all / 1_000 },
    ratio: saved / Math.max(1, all),
    note: `${needless.length} of ${steps.length} tasks were not begun`,
  };
}

/** Skipped before anybody was asked. */
const isNeedless = (run: Run, step: string): boolean =>
  factOf(run, 'step-skipped', step) !== undefined && !factOf(run, 'step-scheduled', step, 1);

function requestOf(kind: string, turn: number): RunRequest {
  const entity = kind.endsWith('_review') ? null : `account:customer-${turn % customers}`;
  const asOf = new Date(Date.UTC(2026, 2, 2, 9, turn)).toISOString();
  return aRequest(`${kind}-${turn}`, { kind, entity, asOf, context: { alert: `${kind} ${turn}` } });
}
