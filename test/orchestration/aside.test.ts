import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Log, WorkItem } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { createRunsReader, type Told } from '../../src/orchestration/reader.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aRequest } from './support/reference.ts';
import { createRig, runOf, untilEnded, type Rig, type RigOptions } from './support/rig.ts';

let rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.map((rig) => rig.stop()));
  rigs = [];
});

async function rigged(log: Log, options: Partial<RigOptions> = {}): Promise<Rig> {
  const rig = createRig({ log, how: aDecider(), agents: [anAgent('first', () => ({}))], ...options });
  rigs.push(rig);
  await rig.start();
  return rig;
}

const write = (log: Log, id: string, data: Uint8Array) =>
  log.append({ stream: 'RUNS', subject: subjects.run('acme', id), data });
const say = (log: Log, id: string, ...facts: readonly Fact[]) => write(log, id, encodeEntry(systemClock.now(), facts));
const endOf = async (log: Log, id: string) => factOf(await untilEnded(log, id), 'run-ended')?.fact;
const spoilt = Buffer.from('{"v":2,"at":1,"facts":[{"fact":"no such fact"}]}');

describe('a run in which weir makes a mistake as it reads it', () => {
  test('ends as failed and says why; it takes no place from the others, and they go on', async () => {
    const log = createMemoryLog(systemClock);
    const undecidable = vi.fn();
    const never = anAgent('first', (key) => (key.startsWith('odd/') ? new Promise(() => undefined) : {}));
    const { conductor } = await rigged(log, { agents: [never], onUndecidable: undecidable, inFlightPerOrg: 1 });
    await startRun(log, systemClock, aRequest('odd'));
    await until('it is at work', async () => factOf(await runOf(log, 'odd'), 'step-started', 'a', 1) !== undefined);
    await startRun(log, systemClock, aRequest('r'));
    await write(log, 'odd', spoilt);
    expect(await endOf(log, 'odd')).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('weir made a mistake in it: '),
    });
    expect(await endOf(log, 'r')).toMatchObject({ outcome: 'completed' });
    expect(undecidable.mock.calls.map(([id]) => id)).toEqual(['odd']);
    await until('nothing is left of them', () => conductor.get('odd') === undefined && conductor.open().underWay === 0);
  });

  test('ends so, too, where the mistake is made with what can be read', async () => {
    const log = createMemoryLog(systemClock);
    const onFact = (id: string, { fact }: Fact) => {
      if (id === 'odd' && fact === 'plan-decided') throw new RangeError('a bug');
    };
    await rigged(log, { onFact });
    for (const id of ['odd', 'r']) await startRun(log, systemClock, aRequest(id));
    expect(await endOf(log, 'odd')).toMatchObject({ outcome: 'failed', why: 'weir made a mistake in it: a bug' });
    expect(await endOf(log, 'r')).toMatchObject({ outcome: 'completed' });
  });

  test('hands over to people what it did, as far as it could be read', async () => {
    const log = createMemoryLog(systemClock);
    const isLast = (key: string) => key === 'odd/e';
    const agent = anAgent('first', (key) => (isLast(key) ? new Promise(() => undefined) : {}));
    await rigged(log, { agents: [agent] });
    await startRun(log, systemClock, aRequest('odd'));
    await until('it is at work', async () => factOf(await runOf(log, 'odd'), 'step-started', 'e', 1) !== undefined);
    await write(log, 'odd', spoilt);
    expect(await endOf(log, 'odd')).toMatchObject({ outcome: 'failed' });
    const handedOver = factsOf(await runOf(log, 'odd'), 'handed-over').map(({ fact }) => fact.step);
    expect(handedOver).toEqual(['undo/d', 'undo/b', 'undo/a']);
  });

  test('is found by the next start, which neither fails nor ends it a second time', async () => {
    const log = createMemoryLog(systemClock);
    await say(log, 'odd', { fact: 'requested', request: aRequest('odd') }, { fact: 'admitted' });
    await write(log, 'odd', spoilt);
    await write(log, 'unknown', spoilt);
    await rigged(log);
    expect(await endOf(log, 'odd')).toMatchObject({ outcome: 'failed' });
    const { sequence } = await runOf(log, 'odd');
    await Promise.all(rigs.map((rig) => rig.stop()));
    await rigged({ ...log, kv: { ...log.kv, get: async () => undefined } });
    await startRun(log, systemClock, aRequest('r'));
    expect(await endOf(log, 'r')).toMatchObject({ outcome: 'completed' });
    expect((await runOf(log, 'odd')).sequence).toBe(sequence);
  });

  test('takes back what it did, where the mistake is made with what follows from it', async () => {
    const log = createMemoryLog(systemClock);
    const budget = {
      afford: async ({ id }: { readonly id: string }, facts: readonly Fact[]) => {
        if (id === 'odd' && facts.some((fact) => fact.fact === 'step-scheduled' && fact.step === 'b'))
          throw new RangeError('a bug');
        return facts;
      },
      heard: async () => undefined,
      settleMissed: async () => undefined,
    };
    await rigged(log, { budget });
    for (const id of ['odd', 'r']) await startRun(log, systemClock, aRequest(id));
    expect(await endOf(log, 'odd')).toMatchObject({ outcome: 'undone', why: 'weir made a mistake in it: a bug' });
    expect(await endOf(log, 'r')).toMatchObject({ outcome: 'completed' });
  });
});

test('a run that a newer weir writes to is left to it, and whoever starts to read later still finds it', async () => {
  const log = createMemoryLog(systemClock);
  await write(log, 'newest', Buffer.from('{"v":99,"at":1,"facts":[{"fact":"of tomorrow"}]}'));
  await say(log, 'newer', { fact: 'requested', request: aRequest('newer') });
  await write(log, 'newer', Buffer.from('{"v":99,"at":1,"facts":[{"fact":"of tomorrow"}]}'));
  const rig = await rigged(log);
  await startRun(log, systemClock, aRequest('r'));
  expect(await endOf(log, 'r')).toMatchObject({ outcome: 'completed' });
  await rig.stop();
  expect([...(await runOf(log, 'newer')).facts.keys()]).toEqual(['requested']);
  // Where a conductor begins to read: before it.
  expect(Buffer.from((await log.kv.get('runs.floor'))?.value ?? []).toString() || '"sequence":0').toContain(
    '"sequence":0',
  );
});

test('an item of work that is none is put away, and the worker takes the next', async () => {
  const memory = createMemoryLog(systemClock);
  let done = 0;
  const handed: ((item: WorkItem) => void)[] = [];
  const take: Log['work']['take'] = ({ atOnce, handle }) => {
    handed.push(handle);
    return memory.work.take({ atOnce, handle });
  };
  const log: Log = { ...memory, work: { ...memory.work, take } };
  await rigged(log);
  const item = { org: 'acme', data: Buffer.from('{}'), deliveries: 1, done: async () => void (done += 1) };
  handed[0]?.({ ...item, later: () => undefined, progress: () => undefined });
  await until('it is put away', () => done === 1);
  await startRun(log, systemClock, aRequest('r'));
  expect(await endOf(log, 'r')).toMatchObject({ outcome: 'completed' });
});

test('what is told of runs goes on behind a message that cannot be read, or that a reader fails at', async () => {
  const log = createMemoryLog(systemClock);
  await write(log, 'odd', spoilt);
  await say(log, 'fails', { fact: 'requested', request: aRequest('fails') });
  await say(log, 'r', { fact: 'requested', request: aRequest('r') });
  const [told, passedOver]: [string[], number[]] = [[], []];
  const reader = createRunsReader({
    log,
    see(one: Told) {
      if (one.kind === 'entry' && one.run === 'fails') throw new RangeError('a bug');
      if (one.kind === 'entry') told.push(one.run);
    },
    happened: { runsPassedOver: (sequence) => passedOver.push(sequence) },
    failed: (error) => expect.unreachable(String(error)),
  });
  await reader.start();
  await reader.stop();
  expect([told, passedOver, reader.complete()]).toEqual([['r'], [1, 2], true]);
});
