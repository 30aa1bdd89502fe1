import { randomUUID } from 'node:crypto';
import { openKind } from '../schemas/run.ts';
import { createAgentAsking } from './agents/asking.ts';
import { builtIn } from './agents/built-in.ts';
import { createAgentData } from './agents/data.ts';
import { createInvestigations, type InvestigationsDeps } from './alerts/investigations.ts';
import type { Config } from './config/schema.ts';
import type { Clock } from './core/clock.ts';
import type { Commit } from './core/commit.ts';
import { durationMs } from './core/duration.ts';
import { createRetry } from './core/retry.ts';
import type { Service } from './core/service.ts';
import type { Template } from './core/template.ts';
import { version } from './core/version.ts';
import { createLifecycle } from './lifecycle.ts';
import type { Log } from './log/log.ts';
import { subjects } from './log/subjects.ts';
import { createMark } from './log/position.ts';
import { createMcpAgents } from './mcp/client/agents.ts';
import { createLogPins } from './mcp/client/pins.ts';
import { toolServersOf } from './mcp/config.ts';
import { modelsInRuns, vectorsWith } from './models.ts';
import type { Happened } from './observe/happened.ts';
import { clearBoard, createBoard, runsWithBoards } from './orchestration/board.ts';
import { createCatchingUp, onceCaughtUp } from './orchestration/catching-up.ts';
import { createConductor, floorKey, type Conductor } from './orchestration/conductor.ts';
import { createDailyBudget, limitsOf } from './orchestration/daily.ts';
import { decidersOf, kindNames } from './orchestration/deciders.ts';
import { showAgents } from './orchestration/agents-shown.ts';
import { createHeartbeats } from './orchestration/heartbeats.ts';
import { createKnowing } from './orchestration/known.ts';
import { createLessons, type Lessons } from './orchestration/lessons.ts';
import { loadRun } from './orchestration/load.ts';
import { createPool, type LearningPool } from './orchestration/pool.ts';
import { worthOfProviders } from './orchestration/providers-learnt.ts';
import { createRunsReader } from './orchestration/reader.ts';
import { agentsHash, createRunsSnapshots, memoryOf } from './orchestration/snapshot.ts';
import { defaultLimits, type RunLimits } from './orchestration/run.ts';
import { createRegister, type Register } from './orchestration/register.ts';
import { readSession, type SessionReading } from './orchestration/session-events.ts';
import { createSessions, type Sessions } from './orchestration/sessions.ts';
import { triggerOf } from './orchestration/trigger.ts';
import { createTriggers } from './orchestration/triggers.ts';
import { createTrying } from './orchestration/trying.ts';
import { createWorker } from './orchestration/worker.ts';
import { pushLimits } from './parts.ts';
import { createRunHub, type RunHub } from './push/runs.ts';
import { archivedThrough } from './store/clickhouse/ledger.ts';
import type { Asking, Store } from './store/store.ts';

export interface RunsDeps {
  readonly config: Pick<Config, 'runs' | 'retention' | 'mcp' | 'models' | 'push'>;
  readonly log: Log;
  readonly asking: Asking;
  readonly store: Pick<Store, 'insert'>;
  readonly orgs: readonly string[];
  /** Kinds of runs that pipelines bring along. */
  readonly kinds: readonly Template[];
  /** Where the results of runs go that alerts caused. */
  readonly alerts: InvestigationsDeps['alerts'];
  readonly clock: Clock;
  readonly happened: Pick<Happened, 'runs' | 'mcp' | 'models' | 'alerts' | 'push'>;
  failed(error: unknown): void;
}

export interface Runs extends Service {
  /** What commits of pipelines do to runs: tasks start them, and outcomes tell what became of findings. */
  readonly effects: { apply(commit: Pick<Commit, 'tasks' | 'examples'>, committedAt: number): Promise<void> };
  readonly open: Conductor['open'];
  /** Through which sequence of RUNS what ended is with its alert. */
  readonly investigated: () => number;
  /** Who hears of runs. */
  readonly push: RunHub;
  readonly sessions: Sessions & Pick<Register, 'list'> & { read(org: string, id: string): SessionReading };
  /** Kinds of runs there are. */
  readonly kinds: readonly string[];
  /** Whether there is a model that proposes the steps of runs of kind `open`. */
  readonly proposes: boolean;
  /** What runs have taught of their agents. */
  readonly pool: LearningPool;
  readonly lessons: Lessons;
  readonly agents: ReturnType<typeof showAgents>;
}

/** Runs of agents, carried out in this process beside whatever other daemons there are: a conductor, a worker, and what starts runs. */
export function createRuns(deps: RunsDeps): Runs {
  const { config, log, asking, kinds, alerts, clock, happened: all, failed } = deps;
  const { runs, retention } = config;
  const { runs: happened } = all;
  const tools = createMcpAgents(toolServersOf(config.mcp), {
    pins: createLogPins(log.kv),
    happened: all.mcp,
    version,
    now: () => performance.now(),
  });
  const others = [...builtIn, ...tools.agents];
  const models = modelsInRuns(
    config.models,
    others.map(({ card }) => card),
    {
      clock,
      happened: all.models,
      worthOf: (org) => (asked) => worthOfProviders(pool.known(org).posteriors, { ...asked, at: clock.now() }),
    },
  );
  const agents = [...others, ...models.agents];
  const byName = new Map(agents.map((agent) => [agent.card.name, agent]));
  const name = randomUUID();
  const heartbeats = createHeartbeats({ log, clock, worker: name, agents: [...byName.keys()], happened });
  const cards = agents.map(({ card }) => card);
  const quotas = new Map(Object.entries(runs.quotas).map(([agent, tasks]) => [agent, { tasks, perMs: 60_000 }]));
  const pool = createPool({ cards, quotas, heardAt: heartbeats.heardAt });
  const register = createRegister(() => reader.complete());
  const reader = createRunsReader({
    log,
    see(told) {
      if (told.kind === 'said') return pool.sawSaid(told.org, told.said, told.sequence, told.at);
      const { org, run, entry, sequence } = told;
      register.saw(org, run, entry, sequence);
      pool.sawEntry(org, run, entry, sequence);
    },
    snapshots: { ...createRunsSnapshots(log, agentsHash(cards, quotas)), memory: memoryOf(pool, register), happened },
    happened,
    failed,
  });
  const agentAsking = createAgentAsking(asking);
  const data = (org: string) => createAgentData({ asking: agentAsking, org });
  const vectors = vectorsWith(models.embedder, { ...deps, data, happened });
  const caughtUp = createCatchingUp({ log, archivedThrough: (stream) => archivedThrough(log.kv, stream) });
  const budget = createDailyBudget({
    kv: log.kv,
    clock,
    limits: limitsOf(runs),
    runOf: (org, run) => loadRun(log, org, run),
    lastOf: async (org, run) => (await log.last('RUNS', subjects.run(org, run)))?.sequence ?? 0,
    happened,
  });
  const lifecycle = createLifecycle();
  // What ends with a run is read once: what fails of it now nobody else would do before the next start.
  const retry = createRetry({ signal: lifecycle.leaving, failed: happened.conductorRetrying });
  const conductor = createConductor({
    log,
    clock,
    how: models.deciding(decidersOf(pool.cards, pool, { ...runs, own: kinds })),
    gather: onceCaughtUp(caughtUp, models.gathering(createKnowing({ data, embedder: models.embedder }))),
    afford: budget.afford,
    inFlightPerOrg: runs.inFlightPerOrg,
    waitingPerOrg: runs.waitingPerOrg,
    happened: {
      ...happened,
      runFact(org, run, fact, at) {
        happened.runFact(org, run, fact, at);
        retry(() => budget.heard(org, run, fact)).catch(happened.conductorRetrying);
      },
      runEnded(org, run, ...how) {
        happened.runEnded(org, run, ...how);
        retry(() => clearBoard(log, run)).catch(happened.conductorRetrying);
      },
    },
    failed,
  });
  const worker = createWorker({
    log,
    clock,
    name,
    agent: (name) => byName.get(name),
    lend: ({ org, key }) => ({ data: data(org), board: createBoard(log, key.split('/')[0] ?? key) }),
    isWanted: (work) => conductor.isWanted(work),
    atOnce: runs.agentsAtOnce,
    happened,
    failed,
  });
  const trying = createTrying({ log, clock, pool, agent: (name) => byName.get(name), data, happened });
  const limits: RunLimits = { ...defaultLimits, personMs: durationMs(runs.personWait) };
  const investigations = createInvestigations({ log, alerts, happened: all.alerts, failed });
  const push = createRunHub({
    log,
    happened: all.push,
    limits: pushLimits(config),
    openAfter: () => createMark(log, 'RUNS', floorKey).load(),
    failed,
  });
  const triggers = createTriggers({
    log,
    clock,
    ruleOf: ({ rule }) => triggerOf(runs, rule),
    limits,
    retentionMs: durationMs(retention.runsMaxAge),
    happened,
  });
  const lessons = createLessons(log, pool);

  async function begin(): Promise<void> {
    lifecycle.undoing(() => agentAsking.left());
    await lifecycle.run(tools);
    await lifecycle.run(heartbeats);
    await lifecycle.run(reader);
    lifecycle.undoing(async () => register.stop());
    await lifecycle.run(investigations);
    await lifecycle.run(push);
    lifecycle.undoing(async () => agentAsking.refuse());
    // Before the conductor reads which runs are open: whoever writes a note later has begun later.
    const noted = await runsWithBoards(log);
    await lifecycle.run(conductor);
    for (const run of noted) if (conductor.get(run) === undefined) await clearBoard(log, run);
    await budget.settleMissed();
    await lifecycle.run(worker);
    await lifecycle.run(trying);
    if (vectors) await lifecycle.run(vectors);
  }

  return {
    name: 'runs',
    effects: {
      async apply(commit, committedAt) {
        await triggers.apply(commit, committedAt);
        await lessons.apply(commit);
      },
    },
    open: () => conductor.open(),
    investigated: investigations.reached,
    push,
    sessions: {
      ...createSessions(log, clock, limits, [...byName.keys()], { max: runs.parkedPerOrg, of: conductor.parked }),
      list: register.list,
      read: (org, id) => readSession(log, register.listen, org, id),
    },
    kinds: [...kindNames, ...kinds.map(({ kind }) => kind), openKind],
    proposes: models.proposes,
    pool,
    lessons,
    agents: showAgents(pool, clock, heartbeats.workers),
    async start() {
      try {
        await begin();
      } catch (error) {
        // What made it fail is what is to be told.
        await lifecycle.stop().catch(() => undefined);
        throw error;
      }
    },
    stop: () => lifecycle.stop(),
  };
}
