import { systemClock } from '../../../src/core/clock.ts';
import type { Agent } from '../../../src/orchestration/agent.ts';
import type { Plan, RunRequest } from '../../../src/orchestration/run.ts';
import { startRun } from '../../../src/orchestration/start.ts';
import type { MemoryLog } from '../../support/memory-log.ts';
import { aDecider, aPlan, aRequest, aStep, quick } from './reference.ts';
import { rigged } from './rigged.ts';

export const waiting = { ...quick, personMs: 60_000 };

export async function started(
  plan: Plan,
  agents: readonly Agent[],
  request: Partial<RunRequest> = { limits: waiting },
  options: { readonly inFlightPerOrg?: number } = {},
): Promise<MemoryLog> {
  const names = agents.map(({ card }) => card.name);
  const { log } = await rigged({ how: aDecider(plan, names), agents, ...options });
  await startRun(log, systemClock, aRequest('r', request));
  return log;
}

export const twoSteps = aPlan([aStep('a'), aStep('b', ['a']), aStep('c', ['b'])]);
