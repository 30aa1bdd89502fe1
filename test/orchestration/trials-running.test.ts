import { expect, onTestFinished, test } from 'vitest';
import { createEmbeddedLog } from '../../src/log/embedded.ts';
import type { Log } from '../../src/log/log.ts';
import { streamDefinitions } from '../../src/log/streams.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { breakerAt } from '../../src/orchestration/breaker.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { factsOf } from '../../src/orchestration/fold.ts';
import { unlearnt } from '../../src/orchestration/pool.ts';
import { createRunsReader } from '../../src/orchestration/reader.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createTrying } from '../../src/orchestration/trying.ts';
import { newFolder, removeFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';
import { aCard, aSkill, free } from './a-card.ts';
import { aDecider, aPlan, aReport, aRequest, aStep } from './support/reference.ts';
import { createRig, untilEnded } from './support/rig.ts';

/** Time as it is, and as much more as the test lets pass. */
function aClock() {
  let ahead = 0;
  return { now: () => Date.now() + ahead, pass: (ms: number) => void (ahead += ms) };
}

async function anEmbeddedLog(clock: { now(): number }): Promise<Log> {
  const path = newFolder();
  const happened = { logDisconnected: () => undefined, logReconnected: () => undefined };
  const log = await createEmbeddedLog({ path, definitions: streamDefinitions(), clock, happened });
  onTestFinished(async () => {
    await log.close();
    removeFolder(path);
  });
  return log;
}

/** Two agents with one skill, chosen by what their runs teach: `frail`, which costs nothing, and breaks where `isBroken` says so, and `sound`, which costs. All that a daemon has at work for it. */
async function atWork() {
  const clock = aClock();
  const log = await anEmbeddedLog(clock);
  const state = { isBroken: false, asked: 0 };
  const frail: Agent = {
    card: aCard('frail', [aSkill('work')]),
    async *run() {
      state.asked += 1;
      if (state.isBroken) throw new Error('it is broken');
      yield { says: 'report', report: aReport() };
    },
  };
  const sound: Agent = {
    card: aCard('sound', [aSkill('work', { cost: { ...free, money: 1 } })]),
    async *run() {
      yield { says: 'report', report: aReport() };
    },
  };
  const agents = [frail, sound];
  const pool = unlearnt(agents.map(({ card }) => card));
  const unexpected = (error: unknown): never => expect.unreachable(String(error));
  const reader = createRunsReader({
    log,
    see(told) {
      if (told.kind === 'said') pool.sawSaid(told.org, told.said, told.sequence, told.at);
      else pool.sawEntry(told.org, told.run, told.entry, told.sequence);
    },
    happened: { runsPassedOver: (_, error) => unexpected(error) },
    failed: unexpected,
  });
  const { select } = decidersOf(pool.cards, pool);
  const rig = createRig({ log, clock, agents, how: { ...aDecider(aPlan([aStep('a')])), select } });
  const trying = createTrying({
    log,
    clock,
    pool,
    agent: (name) => agents.find(({ card }) => card.name === name),
    data: () => ({ ask: () => Promise.reject(new Error('there are no data in this test')) }),
    happened: { agentTried: () => undefined, trialMissed: unexpected },
  });
  await reader.start();
  await rig.start();
  onTestFinished(async () => {
    await trying.stop();
    await rig.stop();
    await reader.stop();
  });

  const learnt = async () => {
    const { lastSequence } = await log.info('RUNS');
    await until('what happened is learnt', () => (pool.all().get('acme')?.place ?? 0) >= lastSequence);
  };
  let runs = 0;
  return {
    clock,
    state,
    breaker: () => {
      const agent = pool.agents('acme').get('frail');
      return agent && breakerAt(agent.breaker, clock.now());
    },
    /** A run to its end, and who was asked in it, attempt by attempt. */
    async run(): Promise<readonly string[]> {
      runs += 1;
      await startRun(log, clock, aRequest(`r${runs}`));
      const run = await untilEnded(log, `r${runs}`);
      await learnt();
      expect(factsOf(run, 'step-finished')).toHaveLength(1);
      return factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent);
    },
    /** As it looks from time to time; how often the frail one was asked. */
    async look(): Promise<number> {
      const before = state.asked;
      await trying.look();
      await learnt();
      return state.asked - before;
    },
  };
}

/** Runs until it is so. By chance: what is not within so many never is. */
async function upTo(most: number, next: () => Promise<unknown>, isSo: () => boolean): Promise<void> {
  for (let count = 0; count < most && !isSo(); count += 1) await next();
  expect(isSo()).toBe(true);
}

test('a broken agent gets no run, is asked once each time it has cooled down, and is chosen again once it works', async () => {
  const { state, clock, breaker, run, look } = await atWork();
  await upTo(100, run, () => state.asked > 30);
  state.isBroken = true;
  await upTo(100, run, () => breaker() === 'open');

  const whileOpen = state.asked;
  for (let count = 0; count < 5; count += 1) expect(await run()).toEqual(['sound']);
  expect(await look()).toBe(0);
  expect(state.asked).toBe(whileOpen);

  clock.pass(30_000);
  expect(breaker()).toBe('half-open');
  expect(await run()).toEqual(['sound']);
  // It fails: the next is as long again and more away.
  expect(await look()).toBe(1);
  clock.pass(30_000);
  expect(await look()).toBe(0);
  expect(await run()).toEqual(['sound']);

  state.isBroken = false;
  clock.pass(60_000);
  for (let pass = 1; pass <= 3; pass += 1) {
    expect(await run()).toEqual(['sound']);
    expect(await look()).toBe(1);
    clock.pass(30_000);
  }
  expect(breaker()).toBe('closed');
  expect(await look()).toBe(0);
  const mended = state.asked;
  await upTo(100, run, () => state.asked > mended);
}, 60_000);
