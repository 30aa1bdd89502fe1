import type { SubTask } from '../core/agent.ts';
import type { Clock } from '../core/clock.ts';
import { fnv1a32, idOf } from '../core/ids.ts';
import { aborted } from '../core/pause.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/log.ts';
import { subjects } from '../log/subjects.ts';
import type { Agent, AgentData, Board } from './agent.ts';
import type { FaultKind } from './breaker.ts';
import { reportSchema } from './carried.ts';
import { AgentFault, classify } from './fault.ts';
import { loadRun } from './load.ts';
import type { LearningPool } from './pool.ts';
import { skillOf } from './registry.ts';
import { encodeSaid } from './said.ts';
import { planOf, taskOf } from './steps.ts';
import type { DueTrial } from './trials.ts';

/** What is told of trials. */
export interface TryingHappenings {
  /** An agent was asked once more what it had failed at; `fault` null: it is well. */
  agentTried(org: string, agent: string, skill: string, fault: FaultKind | null): void;
  /** It could not be, or not be recorded; it is due again. */
  trialMissed(error: unknown): void;
}

export interface TryingDeps {
  readonly log: Pick<Log, 'next' | 'append'>;
  readonly clock: Clock;
  readonly pool: Pick<LearningPool, 'trialsDue'>;
  agent(name: string): Agent | undefined;
  data(org: string): AgentData;
  /** How often it looks, ms. Default 10 s. */
  readonly everyMs?: number;
  readonly happened: TryingHappenings;
}

/** Trials at one look, one after another; the others are due at the next. */
const trialsMax = 8;

/**
 * Gives agents that are on trial the sub-task they failed at, as it is recorded, and tells what came of it in `weir.lessons.<org>`: so all daemons, and a
 * replay, know the same. Each may do it; of one trial the first to tell counts.
 */
export function createTrying(deps: TryingDeps): Service & { look(): Promise<void> } {
  const { log, clock, pool, happened, everyMs = 10_000 } = deps;
  const stopping = new AbortController();
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    for (const due of pool.trialsDue(clock.now()).slice(0, trialsMax)) {
      if (stopping.signal.aborted) return;
      await tryOut(due).catch(happened.trialMissed);
    }
  }

  async function tryOut(due: DueTrial & { readonly org: string }): Promise<void> {
    const { org, agent: name, version, skill, run: id, step } = due;
    const agent = deps.agent(name);
    if (agent?.card.version !== version) return;
    const run = await loadRun(log, org, id);
    const planned = planOf(run)?.steps.find((each) => each.id === step);
    const task = planned && taskOf(run, planned);
    const began = clock.now();
    // What has aged out cannot be asked again: a run will show.
    const fault = task ? await faultIn(agent, task) : null;
    if (stopping.signal.aborted) return;
    const tookMs = task ? Math.max(0, clock.now() - began) : null;
    await log.append({
      stream: 'RUNS',
      subject: subjects.lessons(org),
      id: idOf('trial', org, name, String(version), skill, id, step, String(due.tries)),
      data: encodeSaid({ said: 'tried', agent: name, version, skill, fault, tookMs }),
    });
    happened.agentTried(org, name, skill, fault);
  }

  /** Null where it gave a report. */
  async function faultIn(agent: Agent, task: SubTask): Promise<FaultKind | null> {
    const late = AbortSignal.timeout(agent.card.limits.timeoutMs);
    const signal = AbortSignal.any([late, stopping.signal]);
    const budget = skillOf(agent.card, task.skill)?.cost;
    if (!budget) return 'unfit';
    const tools = { data: deps.data(task.org), board: noBoard, signal, seed: fnv1a32(task.key), budget };
    try {
      await Promise.race([reportOf(agent.run(task, tools)), aborted(signal)]);
      return null;
    } catch (error) {
      return classify(error).fault;
    }
  }

  return {
    name: 'trials of agents',
    look,
    async start() {
      timer = setInterval(() => {
        looking ??= look().finally(() => {
          looking = undefined;
        });
      }, everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      stopping.abort(new AgentFault('transient', 'weir stops'));
      await looking;
    },
  };
}

/** A run that has ended has no board any more, and none shall be left behind. */
const noBoard: Board = {
  get: async () => undefined,
  put: async () => ({ kind: 'moved' }),
};

async function reportOf(said: ReturnType<Agent['run']>): Promise<void> {
  for await (const says of said) {
    if (says.says === 'hand-off') throw new AgentFault('unfit', says.why);
    if (says.says !== 'report') continue;
    if (!reportSchema.safeParse(says.report).success) throw new AgentFault('invalid', 'its report is none');
    return;
  }
  throw new AgentFault('invalid', 'it ended without a report');
}
