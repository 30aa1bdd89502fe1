import { expect } from 'vitest';
import type { Commit } from '../../src/core/commit.ts';
import { createRetry } from '../../src/core/retry.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createApplier } from '../../src/pipeline/applier.ts';
import { parseCommit } from '../../src/pipeline/commits.ts';
import { inTurn } from '../../src/pipeline/dead-letters.ts';
import type { Effects } from '../../src/pipeline/effects.ts';
import { createPutBy } from '../../src/pipeline/put-by.ts';
import { aCommit } from './commit.ts';
import type { createMemoryLog } from './memory-log.ts';

export const clock = { now: () => Date.UTC(2026, 5, 1) };

export const commitOf = (name: string, partition = 0): Commit =>
  aCommit({
    partition,
    tasks: [
      {
        id: name,
        org: 'acme',
        entity: 'e',
        goal: '',
        context: {},
        pipeline: 'p',
        rule: 'r',
        time: '2026-06-01T00:00:00Z',
      },
    ],
  });

/** Starts a task once, as triggers do: at a subject of its own. */
const starting = (log: Log): Effects => ({
  async apply({ tasks }) {
    for (const { org, id } of tasks) {
      await log.append({ stream: 'RUNS', subject: subjects.run(org, id), data: Buffer.from(id), expectLast: 0 });
    }
  },
});

/** When a process is killed: at so many writes to the log, the last of which may have been stored. */
export interface Kill {
  readonly writes: number;
  readonly stored: boolean;
}

/** The log as a process that may be killed has it. What is killed writes nothing any more. */
function mortal(log: Log, kill?: Kill) {
  let left = kill?.writes ?? Infinity;
  let stored = kill?.stored ?? false;
  async function write<T>(act: () => Promise<T>): Promise<T> {
    left -= 1;
    if (left === 0 && stored) await act();
    if (left <= 0) throw new Error('killed');
    return act();
  }
  return {
    log: {
      ...log,
      append: (message) => write(() => log.append(message)),
      kv: {
        ...log.kv,
        put: (...args) => write(() => log.kv.put(...args)),
        delete: (...args) => write(() => log.kv.delete(...args)),
      },
    } satisfies Log,
    kill: (given: Kill) => void ({ writes: left, stored } = given),
  };
}

/** The pipelines of a daemon, as far as effects go: `commit` is done when alerts are told. */
export async function daemonOn(durable: Log, told: string[], killed?: Kill) {
  const { log, kill } = mortal(durable, killed);
  const happenings: string[] = [];
  const alerts: Effects = { apply: async ({ tasks }) => void told.push(...tasks.map(({ id }) => id)) };
  const tasks = createPutBy({
    name: 'tasks',
    effects: starting(log),
    log,
    retryMs: 1,
    happened: {
      effectsPutBy: () => happenings.push('put by'),
      effectsCaughtUp: () => happenings.push('caught up'),
      eventsLost: (_, from, to) => happenings.push(`lost ${from} to ${to}`),
      retrying: () => undefined,
    },
    failed: (error) => expect(error).toMatchObject({ message: 'killed' }),
  });
  await tasks.start();
  const effects = inTurn(alerts, tasks);
  const stopping = new AbortController();
  const retry = createRetry({ signal: stopping.signal, firstMs: 1, mostMs: 1, failed: () => undefined });
  const appliers = await Promise.all([0, 1].map((partition) => begun(partition)));

  /** As a partition's worker begins: what may be missing of what follows from its commits is applied again. */
  async function begun(partition: number) {
    const subject = subjects.signals(partition);
    const last = await log.last('SIGNALS', subject);
    let next = last && (await log.next('SIGNALS', subject, Math.min(parseCommit(last).applied, last.sequence - 1)));
    for (; next; next = await log.next('SIGNALS', subject, next.sequence)) {
      const { sequence, storedAt } = next;
      await effects.apply(parseCommit(next), storedAt, { from: sequence, to: sequence });
    }
    return createApplier(effects, retry, last?.sequence ?? 0);
  }

  return {
    happenings,
    kill,
    async commit(name: string, partition = 0): Promise<void> {
      const applier = appliers[partition];
      const said = { ...commitOf(name, partition), applied: applier?.applied ?? 0 };
      const data = Buffer.from(JSON.stringify(said));
      const appended = await log.append({ stream: 'SIGNALS', subject: subjects.signals(partition), data });
      if (appended.kind !== 'appended') throw new Error('not appended');
      await applier?.add({ said, sequence: appended.sequence, appendedAt: clock.now() });
    },
    async stop() {
      stopping.abort();
      await tasks.stop();
    },
  };
}

export const started = (log: ReturnType<typeof createMemoryLog>) =>
  log.messagesOf('RUNS').map(({ data }) => Buffer.from(data).toString());
