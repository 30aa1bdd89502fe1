import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { Log, WorkItem } from '../../src/log/log.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { clearBoard } from '../../src/orchestration/board.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { argumentsHash } from '../../src/orchestration/steps.ts';
import { encodeWork } from '../../src/orchestration/work.ts';
import { createWorker } from '../../src/orchestration/worker.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { anAgent, oneCall } from './support/reference.ts';
import { runOf } from './support/rig.ts';

const task = { key: 'r/a', org: 'acme', entity: null, skill: 'work', goal: '', asOf: '', input: {} };
const data = encodeWork({
  run: 'r',
  step: 'a',
  attempt: 1,
  sequence: 1,
  agent: 'first',
  seed: 1,
  reserve: oneCall,
  timeoutMs: 60_000,
  argumentsHash: argumentsHash(task),
  task,
});

const working = anAgent('first', () => ({}));

/** One item of work, handed out again and again to one daemon after another. */
function anItem() {
  const log = createMemoryLog(systemClock);
  let deliveries = 0;
  /** So often notes about it can be neither read nor written. */
  let away = 0;
  const noted = <T>(act: () => Promise<T>): Promise<T> =>
    (away -= 1) >= 0 ? Promise.reject(new WeirError('log-unavailable', 'no answer')) : act();
  const kv: Log['kv'] = {
    ...log.kv,
    get: (key) => noted(() => log.kv.get(key)),
    put: (key, value, expected) => noted(() => log.kv.put(key, value, expected)),
  };

  /** What became of it: done, or wanted again after so long. `stopped`: the daemon stops while its agent is at it. */
  async function givenTo(agent: Agent | undefined, stopped = false): Promise<'done' | number> {
    deliveries += 1;
    let hand: ((item: WorkItem) => void) | undefined;
    const worker = createWorker({
      log: {
        ...log,
        kv,
        work: { ...log.work, take: ({ handle }) => ((hand = handle), { close: async () => undefined }) },
      },
      clock: systemClock,
      name: `w${deliveries}`,
      agent: () => agent,
      lend: () => ({ data: { ask: () => Promise.reject(new Error('no data')) }, board: noBoard }),
      isWanted: () => true,
      atOnce: 1,
      happened: {
        stepProgress: () => undefined,
        workerRetrying: (error) => expect(error).toMatchObject({ code: 'log-unavailable' }),
        workUnreadable: expect.unreachable,
        workLeft: () => undefined,
      },
      failed: expect.unreachable,
    });
    await worker.start();
    const settled = new Promise<'done' | number>((resolve) => {
      const done = async () => resolve('done');
      hand?.({ org: 'acme', data, deliveries, done, later: resolve, progress: () => undefined });
    });
    if (!stopped) await settled;
    await worker.stop();
    return settled;
  }

  return {
    log,
    givenTo,
    /** So many daemons died with it. */
    crashed: (times: number) => (deliveries += times),
    unnoted: (times: number) => (away = times),
    facts: async () => [...(await runOf(log, 'r')).facts.values()].map(({ fact }) => fact),
  };
}

const noBoard = { get: async () => undefined, put: async () => ({ kind: 'moved' }) as const };
const kindsOf = (facts: readonly Fact[]) => facts.map(({ fact }) => fact);
const hanging = anAgent('first', () => new Promise<never>(() => undefined));

test('a step that was left to others has as many tries before it counts as one that ends whoever takes it', async () => {
  const item = anItem();
  for (const waitMs of [250, 500, 1_000, 2_000]) expect(await item.givenTo(undefined)).toBe(waitMs);
  item.crashed(4);
  expect(await item.givenTo(working)).toBe('done');
  expect(kindsOf(await item.facts())).toEqual(['step-started', 'step-reassigned', 'step-finished']);
});

test('so has one whose daemons stopped in the middle, however often', async () => {
  const item = anItem();
  for (let stops = 0; stops < 7; stops += 1) expect(await item.givenTo(hanging, true)).toBe(0);
  item.crashed(4);
  expect(await item.givenTo(working)).toBe('done');
  expect(kindsOf(await item.facts())).toContain('step-finished');
});

test('a step that ended five who took it is given to nobody, whoever left it in between', async () => {
  const item = anItem();
  item.crashed(3);
  expect(await item.givenTo(undefined)).toBe(250);
  item.crashed(2);
  expect(await item.givenTo(working)).toBe('done');
  expect(await item.facts()).toMatchObject([{ fact: 'step-failed', fault: 'poisoned' }]);
});

test('a step that ended some who took it is left to others as often as any other', async () => {
  const item = anItem();
  item.crashed(4);
  expect(await item.givenTo(undefined)).toBe(250);
});

test('a step that was only left was taken up by nobody before, and nothing is kept of it after its run', async () => {
  const item = anItem();
  await item.givenTo(undefined);
  expect(await item.givenTo(working)).toBe('done');
  expect(kindsOf(await item.facts())).toEqual(['step-started', 'step-finished']);
  await clearBoard(item.log, 'r');
  expect(await item.log.kv.keys('')).toEqual([]);
});

test('a step whose deliveries cannot be noted for a moment is waited with, and no crash', async () => {
  const item = anItem();
  for (const waitMs of [250, 500, 1_000, 2_000]) {
    item.unnoted(2);
    expect(await item.givenTo(undefined)).toBe(waitMs);
  }
  item.crashed(4);
  expect(await item.givenTo(working)).toBe('done');
  expect(kindsOf(await item.facts())).toContain('step-finished');
});

test('a step whose daemon stops while nothing can be noted is given to another at once', async () => {
  const item = anItem();
  item.unnoted(1);
  expect(await item.givenTo(hanging, true)).toBe(0);
});
