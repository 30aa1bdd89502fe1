import { systemClock } from '../../../src/core/clock.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Fact } from '../../../src/orchestration/facts.ts';
import { factsOf } from '../../../src/orchestration/fold.ts';
import type { Plan, Run } from '../../../src/orchestration/run.ts';
import { startRun } from '../../../src/orchestration/start.ts';
import type { MemoryLog } from '../../support/memory-log.ts';
import { aDecider, anAgent, aRequest } from './reference.ts';
import { untilEnded } from './rig.ts';
import { rigged } from './rigged.ts';

type Does = (key: string, input: JsonObject) => Promise<JsonObject> | JsonObject;

/** A run of a plan from its request to its end, by agents called `first` and `second`. */
export async function carriedOut(plan: Plan, first: Does, second: Does = first): Promise<{ log: MemoryLog; run: Run }> {
  const agents = [anAgent('first', first), anAgent('second', second)];
  const { log } = await rigged({ how: aDecider(plan), agents });
  await startRun(log, systemClock, aRequest('r'));
  return { log, run: await untilEnded(log, 'r') };
}

export const order = (run: Run, kind: Fact['fact']) =>
  factsOf(run, kind).map(({ fact }) => ('step' in fact ? fact.step : ''));
