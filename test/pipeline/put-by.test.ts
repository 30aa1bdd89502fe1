import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Commit } from '../../src/core/commit.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { Log } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { createApplier } from '../../src/pipeline/applier.ts';
import { inTurn } from '../../src/pipeline/dead-letters.ts';
import { createPutBy } from '../../src/pipeline/put-by.ts';
import { createRetry } from '../../src/core/retry.ts';
import type { Effects } from '../../src/pipeline/effects.ts';
import { aCommit } from '../support/commit.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';

const clock = { now: () => Date.UTC(2026, 5, 1) };

const commitOf = (name: string, partition = 0): Commit =>
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

/** The pipelines of a daemon, as far as effects go: `commit` is done when alerts are told. */
async function daemonOn(log: Log, told: string[]) {
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
    failed: (error) => expect.unreachable(String(error)),
  });
  await tasks.start();
  const stopping = new AbortController();
  const retry = createRetry({ signal: stopping.signal, firstMs: 1, mostMs: 1, failed: () => undefined });
  const appliers = [0, 1].map(() => createApplier(inTurn(alerts, tasks), retry, 0));
  return {
    happenings,
    async commit(name: string, partition = 0): Promise<void> {
      const said = commitOf(name, partition);
      const data = Buffer.from(JSON.stringify(said));
      const appended = await log.append({ stream: 'SIGNALS', subject: subjects.signals(partition), data });
      if (appended.kind !== 'appended') throw new Error('not appended');
      await appliers[partition]?.add({ said, sequence: appended.sequence, appendedAt: clock.now() });
    },
    async stop() {
      stopping.abort();
      await tasks.stop();
    },
  };
}

const started = (log: ReturnType<typeof createMemoryLog>) =>
  log.messagesOf('RUNS').map(({ data }) => Buffer.from(data).toString());

test('while RUNS is full alerts are told, and the tasks come in their order when there is room', async () => {
  const log = createMemoryLog(clock);
  const told: string[] = [];
  const daemon = await daemonOn(log, told);
  await daemon.commit('a');
  log.failAppends('log-full', 'RUNS');
  for (const name of ['b', 'c', 'd']) await daemon.commit(name);
  expect(told).toEqual(['a', 'b', 'c', 'd']);
  expect(started(log)).toEqual(['a']);
  log.failAppends(undefined);
  await until('the tasks are there', () => daemon.happenings.includes('caught up'));
  await daemon.commit('e');
  expect(started(log)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(await log.kv.keys('put-by.')).toEqual([]);
  await daemon.stop();
});

test('a log that is away keeps alerts and tasks waiting alike: nothing is put by', async () => {
  const log = createMemoryLog(clock);
  const daemon = await daemonOn(log, []);
  const effects = createPutBy({
    name: 'tasks',
    effects: { apply: () => Promise.reject(new WeirError('log-unavailable', 'away')) },
    log,
    happened: {
      effectsPutBy: expect.unreachable,
      effectsCaughtUp: expect.unreachable,
      eventsLost: expect.unreachable,
      retrying: expect.unreachable,
    },
    failed: expect.unreachable,
  });
  await expect(effects.apply(commitOf('a'), 0, { from: 1, to: 1 })).rejects.toMatchObject({ code: 'log-unavailable' });
  expect(await log.kv.keys('put-by.')).toEqual([]);
  await daemon.stop();
});

test('what aged out of SIGNALS before there was room is told', async () => {
  const log = createMemoryLog(clock);
  const before = await daemonOn(log, []);
  log.failAppends('log-full', 'RUNS');
  for (const name of ['a', 'b', 'c']) await before.commit(name);
  await before.stop();
  await log.trim('SIGNALS', 2);
  log.failAppends(undefined);
  const after = await daemonOn(log, []);
  await until('the rest is there', () => after.happenings.includes('caught up'));
  expect(after.happenings).toContain('lost 1 to 2');
  expect(started(log)).toEqual(['c']);
  await after.stop();
});

test('however often RUNS fills and daemons stop: every task of every partition starts once, in order', async () => {
  const step = fc.constantFrom('commit 0', 'commit 1', 'full', 'room', 'restart');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const log = createMemoryLog(clock);
      const told: string[] = [];
      let daemon = await daemonOn(log, told);
      const wanted: string[][] = [[], []];
      for (const [index, each] of steps.entries()) {
        if (each === 'full') log.failAppends('log-full', 'RUNS');
        else if (each === 'room') log.failAppends(undefined);
        else if (each === 'restart') {
          await daemon.stop();
          daemon = await daemonOn(log, told);
        } else {
          const partition = Number(each.slice(-1));
          wanted[partition]?.push(`${partition}-${index}`);
          await daemon.commit(`${partition}-${index}`, partition);
        }
      }
      log.failAppends(undefined);
      await until('nothing is put by', async () => (await log.kv.keys('put-by.')).length === 0);
      await daemon.stop();
      expect(told).toHaveLength(wanted.flat().length);
      for (const [partition, names] of wanted.entries()) {
        expect(started(log).filter((name) => name.startsWith(`${partition}-`))).toEqual(names);
      }
    }),
    { numRuns: 100 },
  );
});
