import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Log, LogMessage, LogReader, WorkItem } from '../../src/log/log.ts';
import { subjects } from '../../src/log/subjects.ts';
import { decide } from '../../src/orchestration/decide.ts';
import { encodeEntry, type Fact } from '../../src/orchestration/facts.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { entriesOf } from '../../src/orchestration/load.ts';
import { replayed } from '../../src/orchestration/replay.ts';
import type { Run } from '../../src/orchestration/run.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { encodeWork, workOf } from '../../src/orchestration/work.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep } from './support/reference.ts';
import { runOf, untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';

const finished = (run: Run) => factsOf(run, 'step-finished').map(({ fact }) => fact.step);
/** What a replay of the run says. */
const replayOf = async (log: Log) => replayed(await entriesOf(log, 'acme', 'r'));
const does = anAgent('first', () => ({}));
const say = (log: Log, id: string, ...facts: readonly Fact[]) =>
  log.append({ stream: 'RUNS', subject: subjects.run('acme', id), data: encodeEntry(systemClock.now(), facts) });

/** What is read together is handed out one after another, each at once. */
function oneByOne(reader: LogReader): LogReader {
  let read: readonly LogMessage[] = [];
  return {
    ...reader,
    async next(options) {
      if (read.length === 0) read = await reader.next(options);
      const [first, ...others] = read;
      read = others;
      return first ? [first] : [];
    },
  };
}

test('a run that waits begins when another ends, however close together the two are read', async () => {
  const log = createMemoryLog(systemClock);
  await say(log, 'a', { fact: 'requested', request: aRequest('a') }, { fact: 'admitted' });
  // It goes on for as long as nobody ends it.
  await say(log, 'a', { fact: 'context-attached', context: {}, missing: null });
  const never = anAgent('first', (key) => (key.startsWith('a/') ? new Promise(() => undefined) : {}));
  // Nothing else of the organisation is told while b waits.
  await rigged({
    log: { ...log, read: (...of) => oneByOne(log.read(...of)) },
    how: aDecider(),
    agents: [never],
    inFlightPerOrg: 1,
    heartbeatMs: 600_000,
  });
  await until('a is at work', async () => factOf(await runOf(log, 'a'), 'step-started', 'a', 1) !== undefined);
  // The end is read while b is being looked at and finds no place.
  const b = startRun(log, systemClock, aRequest('b'));
  await Promise.all([b, say(log, 'a', { fact: 'run-ended', outcome: 'cancelled', why: 'by hand' })]);
  expect(outcomeOf(await untilEnded(log, 'b', 4_000))).toBe('completed');
});

describe('where weir itself makes a mistake in one run', () => {
  test('that run fails and says why, and all others go on', async () => {
    const log = createMemoryLog(systemClock);
    const how = aDecider();
    const plan: typeof how.plan = (request, context) => {
      if (request.id === 'odd') throw new RangeError('a bug');
      return how.plan(request, context);
    };
    await rigged({ log, how: { ...how, plan }, agents: [does] });
    for (const id of ['odd', 'r']) await startRun(log, systemClock, aRequest(id));
    expect(factOf(await untilEnded(log, 'odd'), 'run-ended')?.fact).toMatchObject({
      outcome: 'failed',
      why: 'weir made a mistake in it: a bug',
    });
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
  });

  test('what that run did is taken back', async () => {
    const log = createMemoryLog(systemClock);
    const synthesise = () => {
      throw new RangeError('a bug');
    };
    const how = { ...aDecider(aPlan([aStep('a', [], { undo: 'takeBack' })])), synthesise };
    await rigged({ log, how, agents: [does] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('undone');
    expect(finished(run)).toEqual(['a', 'undo/a']);
    expect(await replayOf(log)).toMatchObject({ same: true, differences: [] });
  });
});

test('what a second worker did is in the log, though the first, taken for dead, told a failure before', async () => {
  const memory = createMemoryLog(systemClock);
  let asked = 0;
  let fail: (error: Error) => void = () => undefined;
  const agent = anAgent('first', () => {
    asked += 1;
    return asked === 1 ? new Promise((_, reject) => (fail = reject)) : { found: 1 };
  });
  const handed: ((item: WorkItem) => void)[] = [];
  const take: Log['work']['take'] = ({ handle }) => {
    handed.push(handle);
    return { close: async () => undefined };
  };
  const log = { ...memory, work: { ...memory.work, take } };
  const how = aDecider(aPlan([aStep('a', [], { undo: 'takeBack' }), aStep('b', ['a'])]));
  const daemons = [];
  for (const name of ['one', 'two']) daemons.push(await rigged({ log, how, agents: [agent], name }));
  await startRun(log, systemClock, aRequest('r'));
  await until('a is scheduled', async () => workOf(await runOf(log, 'r')).length === 1);
  const [work] = workOf(await runOf(log, 'r'));
  if (!work) throw new Error('no work');
  let done = 0;
  const item = (deliveries: number): WorkItem => ({
    org: 'acme',
    data: encodeWork(work),
    deliveries,
    done: async () => void (done += 1),
    later: () => undefined,
    progress: () => undefined,
  });
  const [one, two] = handed;
  one?.(item(1));
  await until('the first is at it', () => asked === 1);
  // Stopped deciding, so that the run still wants what both do.
  for (const { conductor } of daemons) await conductor.stop();
  two?.(item(2));
  fail(new AgentFault('invalid', 'nonsense'));
  await until('both are done', () => done === 2);
  const run = await runOf(log, 'r');
  expect(finished(run)).toEqual(['a']);
  expect(factsOf(run, 'step-failed').map(({ fact }) => fact.worker)).toEqual(['one']);
});

test('a session that is looked at again costs one question to the log, however many facts it has', async () => {
  const memory = createMemoryLog(systemClock);
  await say(memory, 'r', { fact: 'requested', request: aRequest('r') });
  for (let n = 0; n < 20; n += 1)
    await say(memory, 'r', { fact: 'message-sent', id: `${n}`, from: 'a', to: 'b', text: 'hello' });
  let questions = 0;
  const next: Log['next'] = (...of) => {
    questions += 1;
    return memory.next(...of);
  };
  const sessions = createSessions({ ...memory, next }, systemClock);
  const first = await sessions.get('acme', 'r');
  expect(first?.messages).toHaveLength(20);
  questions = 0;
  expect(await sessions.get('acme', 'r')).toEqual(first);
  expect(questions).toBe(1);
  await say(memory, 'r', { fact: 'admitted' }, { fact: 'run-ended', outcome: 'cancelled', why: 'by hand' });
  expect((await sessions.get('acme', 'r'))?.session.status).toBe('cancelled');
  // What one organisation has read is nothing to another.
  expect(await sessions.get('globex', 'r')).toBeUndefined();
});

test('a daemon starts though the newest facts of runs have aged out', async () => {
  const log: MemoryLog = createMemoryLog(systemClock);
  await say(log, 'old', { fact: 'requested', request: aRequest('old') });
  await log.trim('RUNS', 1);
  await rigged({ log, how: aDecider(), agents: [does] });
  await startRun(log, systemClock, aRequest('r'));
  expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
});

test('an attempt is begun though it became due while another was handed to the queue', async () => {
  let at = Date.UTC(2026, 5, 1);
  const clock = { now: () => at };
  const log = createMemoryLog(clock);
  const how = aDecider(aPlan([aStep('later'), aStep('now')]));
  await say(log, 'r', { fact: 'requested', request: aRequest('r') }, { fact: 'admitted' });
  await say(log, 'r', { fact: 'context-attached', context: {}, missing: null });
  await say(log, 'r', ...decide(await runOf(log, 'r'), how));
  const scheduled = decide(await runOf(log, 'r'), how);
  expect(scheduled).toMatchObject([{ step: 'later' }, { step: 'now' }]);
  const isLater = (fact: Fact) => fact.fact === 'step-scheduled' && fact.step === 'later';
  await say(log, 'r', ...scheduled.map((fact) => (isLater(fact) ? { ...fact, delayMs: 500 } : fact)));
  at = (await runOf(log, 'r')).at;
  const taken: string[] = [];
  // Nobody takes anything, so nothing but the time wakes the run.
  const work: Log['work'] = {
    ...log.work,
    async add({ id }) {
      at += 1_000;
      taken.push(id);
      return 'added';
    },
  };
  await rigged({ log: { ...log, work }, clock, how, agents: [does] });
  await until('both are handed out', () => taken.length === 2);
  expect(taken).toEqual(['r/now/1', 'r/later/1']);
});
