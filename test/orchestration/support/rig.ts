import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Log } from '../../../src/log/log.ts';
import type { Agent } from '../../../src/orchestration/agent.ts';
import { createConductor, type Conductor, type ConductorDeps } from '../../../src/orchestration/conductor.ts';
import type { DailyBudget } from '../../../src/orchestration/daily.ts';
import type { Fact } from '../../../src/orchestration/facts.ts';
import { loadRun } from '../../../src/orchestration/load.ts';
import { factOf } from '../../../src/orchestration/fold.ts';
import type { Deciders, Run } from '../../../src/orchestration/run.ts';
import { createWorker } from '../../../src/orchestration/worker.ts';
import { until } from '../../support/until.ts';

export interface RigOptions {
  readonly log: Log;
  readonly how: Deciders;
  readonly agents: readonly Agent[];
  readonly clock?: Clock;
  readonly inFlightPerOrg?: number;
  readonly waitingPerOrg?: number;
  readonly workersAtOnce?: number;
  readonly name?: string;
  readonly heartbeatMs?: number;
  readonly leftFirstMs?: number;
  readonly budget?: DailyBudget;
  readonly gather?: ConductorDeps['gather'];
  onLeft?(agent: string): void;
  onFact?(runId: string, fact: Fact, at: number): void;
  onUndecidable?(runId: string, error: unknown): void;
}

/** One daemon's part in orchestration: a conductor and a worker. */
export interface Rig {
  readonly conductor: Conductor;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createRig(options: RigOptions): Rig {
  const { log, how, agents, clock = systemClock } = options;
  const failed = (error: unknown) => {
    throw error;
  };
  const conductor = createConductor({
    log,
    clock,
    how,
    gather: options.gather ?? (async () => ({})),
    afford: async (request, ...decided) => options.budget?.afford(request, ...decided) ?? decided[0],
    inFlightPerOrg: options.inFlightPerOrg ?? 1_000,
    waitingPerOrg: options.waitingPerOrg ?? 100_000,
    happened: {
      runFact(org, runId, fact, at) {
        void options.budget?.heard(org, runId, fact);
        options.onFact?.(runId, fact, at);
      },
      runEnded: () => undefined,
      runRaceLost: () => undefined,
      conductorRetrying: () => undefined,
      runUndecidable: (_, runId, error) => options.onUndecidable?.(runId, error),
    },
    failed,
  });
  const worker = createWorker({
    log,
    clock,
    name: options.name ?? 'worker',
    agent: (name) => agents.find(({ card }) => card.name === name),
    lend: () => ({ data: noData, board: noBoard }),
    isWanted: conductor.isWanted,
    atOnce: options.workersAtOnce ?? 64,
    ...(options.heartbeatMs !== undefined && { heartbeatMs: options.heartbeatMs }),
    ...(options.leftFirstMs !== undefined && { leftFirstMs: options.leftFirstMs }),
    happened: {
      stepProgress: () => undefined,
      workerRetrying: () => undefined,
      workUnreadable: () => undefined,
      workLeft: (_, agent) => options.onLeft?.(agent),
    },
    failed,
  });
  return {
    conductor,
    async start() {
      await conductor.start();
      await worker.start();
    },
    async stop() {
      await worker.stop();
      await conductor.stop();
    },
  };
}

const noData = { ask: () => Promise.reject(new Error('there are no data in this test')) };
const noBoard = {
  get: () => Promise.resolve(undefined),
  put: () => Promise.resolve({ kind: 'moved' } as const),
};

/** A run as its subject has it. */
export const runOf = (log: Log, id: string, org = 'acme'): Promise<Run> => loadRun(log, org, id);

export async function untilEnded(log: Log, id: string, timeoutMs = 60_000): Promise<Run> {
  await until(`run ${id} ends`, async () => factOf(await runOf(log, id), 'run-ended') !== undefined, timeoutMs);
  return runOf(log, id);
}
