import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WeirError } from '../../src/core/errors.ts';
import type { Log } from '../../src/log/log.ts';
import { parseCommit } from '../../src/pipeline/commits.ts';
import { createPutBy } from '../../src/pipeline/put-by.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { clock, commitOf, daemonOn, started, type Kill } from '../support/put-by.ts';

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

/** The log as somebody has it for whom RUNS is full. */
const fullOf = (log: Log): Log => ({
  ...log,
  async append(message) {
    if (message.stream === 'RUNS') throw new WeirError('log-full', 'RUNS is full');
    return log.append(message);
  },
});

test.each(['before', 'after'] as const)(
  'a daemon that has caught up does not forget what another is behind with, which began %s that was put by',
  async (began) => {
    const log = createMemoryLog(clock);
    let is = fullOf(log);
    const one = await daemonOn({ ...log, append: (message) => is.append(message) }, []);
    const begin = () => daemonOn(fullOf(log), []);
    const early = began === 'before' ? await begin() : undefined;
    for (const name of ['a', 'b']) await one.commit(name);
    const other = early ?? (await begin());
    // The second is not told of by what is missing after the last commit.
    for (const name of ['c', 'd']) await other.commit(name);
    is = log;
    await until('one has caught up', () => one.happenings.includes('caught up'));
    await one.stop();
    await other.stop();
    const next = await daemonOn(log, []);
    await until('nothing is put by', async () => (await log.kv.keys('put-by.')).length === 0);
    expect(started(log)).toEqual(['a', 'b', 'c', 'd']);
    await next.stop();
  },
);

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

test('what ages out of SIGNALS while it waits for room is told', async () => {
  const log = createMemoryLog(clock);
  const daemon = await daemonOn(log, []);
  log.failAppends('log-full', 'RUNS');
  for (const name of ['a', 'b', 'c']) await daemon.commit(name);
  await log.trim('SIGNALS', 2);
  await until('it is told', () => daemon.happenings.includes('lost 1 to 2'));
  await log.trim('SIGNALS', 3);
  await until('nothing is left', () => daemon.happenings.includes('caught up'));
  log.failAppends(undefined);
  await daemon.commit('d');
  expect(daemon.happenings).toEqual(['put by', 'lost 1 to 2', 'lost 3 to 3', 'caught up']);
  expect(started(log)).toEqual(['d']);
  await daemon.stop();
});

test('of what waited and aged out no more is told as lost than is gone, whatever other partitions say meanwhile', async () => {
  const log = createMemoryLog(clock);
  const daemon = await daemonOn(log, []);
  log.failAppends('log-full', 'RUNS');
  await daemon.commit('a', 0);
  await daemon.commit('b', 1);
  await daemon.commit('c', 0);
  await log.trim('SIGNALS', 1);
  await until('it is told', () => daemon.happenings.some((each) => each.startsWith('lost')));
  expect(daemon.happenings).toContain('lost 1 to 1');
  log.failAppends(undefined);
  await until('the rest is there', () => started(log).length === 2);
  await daemon.stop();
});

test('what is committed just as all that waited is found to have aged out is applied', async () => {
  const memory = createMemoryLog(clock);
  let meanwhile: (() => Promise<void>) | undefined;
  const log: ReturnType<typeof createMemoryLog> = {
    ...memory,
    async next(...what) {
      const found = await memory.next(...what);
      const act = meanwhile;
      meanwhile = undefined;
      await act?.();
      return found;
    },
  };
  const daemon = await daemonOn(log, []);
  memory.failAppends('log-full', 'RUNS');
  await daemon.commit('a');
  await memory.trim('SIGNALS', 1);
  meanwhile = async () => {
    memory.failAppends(undefined);
    await daemon.commit('b');
  };
  await until('nothing is left', () => daemon.happenings.includes('caught up'));
  expect(started(memory)).toEqual(['b']);
  await daemon.stop();
});

test('wherever the daemon is killed, full or not: every task of every partition starts once, in order', async () => {
  const killed = fc.record({
    kill: fc.constantFrom('this one', 'the next one'),
    writes: fc.integer({ min: 1, max: 8 }),
    stored: fc.boolean(),
  });
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ partition: fc.nat(1), commits: fc.integer({ min: 1, max: 3 }) }) },
    { weight: 2, arbitrary: fc.constantFrom('room', 'restart') },
    { weight: 2, arbitrary: fc.record({ roomFor: fc.nat(3) }) },
    { weight: 2, arbitrary: killed },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const log = createMemoryLog(clock);
      let room = Infinity;
      const filling: Log = {
        ...log,
        async append(message) {
          if (message.stream === 'RUNS' && (room -= 1) < 0) throw new WeirError('log-full', 'RUNS is full');
          return log.append(message);
        },
      };
      let next: Kill | undefined;
      const told: string[] = [];
      /** What was killed leaves nothing but the log. */
      async function another(): Promise<Awaited<ReturnType<typeof daemonOn>>> {
        const given = next;
        next = undefined;
        return daemonOn(filling, told, given).catch(another);
      }
      let daemon = await another();
      for (const [index, each] of steps.entries()) {
        if (each === 'room') room = Infinity;
        else if (each !== 'restart' && 'roomFor' in each) room = each.roomFor;
        else if (each !== 'restart' && 'kill' in each) {
          if (each.kill === 'this one') daemon.kill(each);
          else next = each;
        } else {
          // Those of one turn are on their way together.
          const { partition, commits } = each === 'restart' ? { partition: 0, commits: 0 } : each;
          const names = Array.from({ length: commits }, (_, nth) => `${partition}-${index}-${nth}`);
          const done = await Promise.allSettled(names.map((name) => daemon.commit(name, partition)));
          if (each !== 'restart' && done.every(({ status }) => status === 'fulfilled')) continue;
          await daemon.stop();
          daemon = await another();
        }
      }
      room = Infinity;
      next = undefined;
      await daemon.stop();
      daemon = await another();
      await until('nothing is put by', async () => (await log.kv.keys('put-by.')).length === 0);
      await daemon.stop();
      for (const partition of ['0-', '1-']) {
        const of = (names: readonly string[]) => names.filter((name) => name.startsWith(partition));
        const committed = log
          .messagesOf('SIGNALS')
          .flatMap((message) => parseCommit(message).tasks.map(({ id }) => id));
        expect(of(started(log))).toEqual(of(committed));
        expect(new Set(of(told))).toEqual(new Set(of(committed)));
      }
    }),
    { numRuns: 200 },
  );
});
