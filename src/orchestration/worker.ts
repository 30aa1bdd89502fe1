import { setMaxListeners } from 'node:events';
import type { AgentReport, Cost, SubTask } from '../core/agent.ts';
import type { Clock } from '../core/clock.ts';
import { isWeirError, messageOf } from '../core/errors.ts';
import { aborted } from '../core/pause.ts';
import { createRetry } from '../core/retry.ts';
import type { Service } from '../core/service.ts';
import type { Log, WorkItem, WorkTaker } from '../log/log.ts';
import type { Agent, AgentTools } from './agent.ts';
import { createAnswers, type Answer } from './answers.ts';
import { reportSchema } from './carried.ts';
import type { Fact } from './facts.ts';
import { AgentFault, classify, HandOff } from './fault.ts';
import { messageLengthMax, messagesOfStepMax, messagesTo } from './messages.ts';
import { giveBack, returnedOf } from './returned.ts';
import { tell } from './start.ts';
import { argumentsHash, mapCost } from './steps.ts';
import { readWork, type Work } from './work.ts';

/** What a worker tells of itself. */
export interface WorkerHappenings {
  stepProgress(org: string, key: string, done: number, text: string): void;
  workerRetrying(error: unknown): void;
  /** An item of work is none: nobody is asked, and its attempt runs out of time. */
  workUnreadable(org: string): void;
  /** It has no such agent: the item is left to a daemon that has. */
  workLeft(org: string, agent: string): void;
}

export interface WorkerDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Who it is: a name of its own for each start. */
  readonly name: string;
  agent(name: string): Agent | undefined;
  /** What an agent is lent beside its signal, seed and budget. */
  lend(task: SubTask): Pick<AgentTools, 'data' | 'board'>;
  /** Whether a run still waits for an item: the conductor's, where one is beside it. */
  isWanted(work: Work): boolean;
  /** Agents asked at once. */
  readonly atOnce: number;
  /** How often it says that it is still at an item; well below the lease, ms. */
  readonly heartbeatMs?: number;
  /** How long an item whose agent is not here is left to others at first; default 250 ms. */
  readonly leftFirstMs?: number;
  readonly happened: WorkerHappenings;
  failed(error: unknown): void;
}

/** An item that ended whoever took it so often nobody shall take again. */
const crashesMax = 5;
/** So often an item is left to others that have its agent, each time for twice as long: then another agent is sought. */
const leavesMax = 4;
/** How often somebody took an item up, and gave it back because they stopped. */
type Taken = { readonly times: number; readonly stopped: number };
/** For so long an item is left that could not be seen to, ms. */
const laterMs = 5_000;

/** Takes work, asks the agent, and reports: the start before it asks, the end before the item is done. It reads nothing of the run. */
export function createWorker(deps: WorkerDeps): Service {
  const { log, clock, name, happened } = deps;
  const stopping = new AbortController();
  // Everything in hand listens to it, and waits with it.
  setMaxListeners(4 * deps.atOnce + 10, stopping.signal);
  const working = new Set<Promise<void>>();
  const answers = createAnswers(() => clock.now());
  const retry = createRetry({ signal: stopping.signal, failed: (error) => happened.workerRetrying(error) });
  let taker: WorkTaker | undefined;

  async function handle(item: WorkItem): Promise<void> {
    const work = readWork(item.data);
    if (!work) happened.workUnreadable(item.org);
    if (!work || !deps.isWanted(work)) return item.done();
    const givenUp = new AbortController();
    const beating = setInterval(() => {
      item.progress();
      if (!deps.isWanted(work)) givenUp.abort(new AgentFault('transient', 'it is not needed any more'));
    }, deps.heartbeatMs ?? 5_000);
    try {
      const before = await retry(() => returnedOf(log, work, item.deliveries));
      if (!deps.agent(work.agent) && before.left < leavesMax) {
        happened.workLeft(item.org, work.agent);
        await retry(() => giveBack(log, work, 'left'));
        return item.later((deps.leftFirstMs ?? 250) * 2 ** before.left);
      }
      const ending = await endOf(work, { times: item.deliveries - before.left, stopped: before.stopped }, givenUp);
      if (!ending) {
        // Stopped in the middle: somebody else shall do it, at once; where that cannot be noted, it counts as a crash.
        await giveBack(log, work, 'stopped').catch(happened.workerRetrying);
        return item.later(0);
      }
      // Also of one that was taken for dead while another does it: neither end hides the other.
      await report(work, `ended ${ending.fact} ${name}`, ending);
    } finally {
      clearInterval(beating);
    }
    await item.done();
  }

  /** Undefined where this worker was stopped before there was an end. */
  async function endOf(work: Work, taken: Taken, givenUp: AbortController): Promise<Fact | undefined> {
    const who = { step: work.step, attempt: work.attempt, worker: name };
    const began = clock.now();
    const end = (told?: Cost) => {
      const tookMs = Math.max(0, clock.now() - began);
      return { ...who, tookMs, spent: spentOf(work.reserve, tookMs, told) };
    };
    try {
      const crashes = taken.times - taken.stopped - 1;
      if (crashes >= crashesMax) throw new AgentFault('poisoned', `it ended who took it ${crashes} times`);
      if (argumentsHash(work.task) !== work.argumentsHash)
        throw new AgentFault('invalid', 'other arguments than were scheduled');
      await report(work, 'started', { fact: 'step-started', ...who });
      const again = { fact: 'step-reassigned', ...who, deliveries: taken.times } as const;
      if (taken.times > 1) await report(work, `taken up ${taken.times}`, again);
      const { report: said, reused } = await ask(work, givenUp);
      // Another task's answer costs nothing more.
      if (reused) return { fact: 'step-finished', ...end(), spent: mapCost(() => 0), report: said, reused };
      return { fact: 'step-finished', ...end(said.spent), report: said };
    } catch (error) {
      if (stopping.signal.aborted) return undefined;
      return { fact: 'step-failed', ...end(), ...classify(error) };
    }
  }

  async function ask(work: Work, givenUp: AbortController): Promise<Answer> {
    const { agent: wanted, seed, reserve, timeoutMs, step } = work;
    const task = { ...work.task, input: messagesTo(wanted, step, work.task.skill, work.task.input) };
    const agent = deps.agent(wanted);
    if (!agent) throw new AgentFault('unfit', `no daemon that took it has the agent ${wanted}`);
    const late = () => givenUp.abort(new AgentFault('timed-out', `no report within ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    const signal = AbortSignal.any([givenUp.signal, stopping.signal]);
    const tools = { ...deps.lend(task), signal, seed, budget: reserve };
    // Who does not heed the signal is left behind: by this task, and by those that wait for the same answer.
    const within = <T>(answer: Promise<T>) => Promise.race([answer, aborted(signal)]);
    try {
      return await within(answers.of(agent.card, task, () => within(listen(work, agent, task, tools))));
    } finally {
      clearTimeout(timer);
    }
  }

  async function listen(work: Work, agent: Agent, task: SubTask, tools: AgentTools): Promise<AgentReport> {
    let sent = 0;
    for await (const says of agent.run(task, tools)) {
      tools.signal.throwIfAborted();
      if (says.says === 'progress') happened.stepProgress(task.org, task.key, says.done, says.text);
      else if (says.says === 'message') await send(work, says.to, says.text, (sent += 1));
      else if (says.says === 'hand-off') throw new HandOff(says.to, says.why);
      else {
        const report = reportSchema.safeParse(says.report);
        if (!report.success) throw new AgentFault('invalid', `its report is none: ${report.error.message}`);
        return report.data;
      }
    }
    throw new AgentFault('invalid', 'it ended without a report');
  }

  /** The same message of a repeated attempt is the same. */
  async function send(work: Work, to: string, text: string, number: number): Promise<void> {
    if (number > messagesOfStepMax || text.length > messageLengthMax)
      throw new AgentFault('invalid', `it sends more than ${messagesOfStepMax} messages, or longer ones`);
    const id = `${work.step}/${number}`;
    await report(work, `message ${number}`, { fact: 'message-sent', id, from: work.agent, to, text });
  }

  /** In the log when it resolves. Tries for as long as the log is away; a report that is too large is told as a failure. */
  async function report(work: Work, what: string, fact: Fact): Promise<void> {
    const { run, step, attempt, task } = work;
    const id = `${task.key}/${attempt}/${what}`;
    try {
      await retry(() => tell(log, clock, { org: task.org, id: run }, [fact], { id }));
    } catch (error) {
      if (fact.fact !== 'step-finished' || !isWeirError(error, 'message-too-large')) throw error;
      const { tookMs, spent } = fact;
      const failure = { fault: 'invalid', detail: messageOf(error), retryAfterMs: null } as const;
      await report(work, what, { fact: 'step-failed', step, attempt, worker: name, tookMs, spent, ...failure });
    }
  }

  function take(item: WorkItem): void {
    const done = handle(item)
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return item.later(0);
        item.later(laterMs);
        if (isWeirError(error) && error.retriable) happened.workerRetrying(error);
        else deps.failed(error);
      })
      .finally(() => working.delete(done));
    working.add(done);
  }

  return {
    name: 'worker',
    async start() {
      taker = log.work.take({ atOnce: deps.atOnce, handle: take });
    },
    async stop() {
      stopping.abort(new AgentFault('transient', 'the worker stops'));
      await taker?.close();
      await Promise.all(working);
    },
  };
}

/** What is not told counts as reserved, and what is told never as more; the time is known. */
const spentOf = (reserve: Cost, tookMs: number, told: Cost = reserve): Cost => ({
  ...mapCost((unit) => Math.min(reserve[unit], told[unit])),
  agentSeconds: Math.min(reserve.agentSeconds, tookMs / 1_000),
});
