import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aReport, aRequest, aStep, oneCall, fiveSteps } from './support/reference.ts';
import { runOf, untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';
import { carriedOut, order } from './support/carried-out.ts';

describe('a run', () => {
  test('does every step once, each after what it needs, and is completed with a result', async () => {
    const did: string[] = [];
    const { run } = await carriedOut(aPlan(), (key) => {
      did.push(key);
      return { [key.slice(2)]: 1 };
    });
    expect(outcomeOf(run)).toBe('completed');
    expect(did[0]).toBe('r/a');
    expect(did.slice(1, 3).toSorted()).toEqual(['r/b', 'r/c']);
    expect(did.slice(3)).toEqual(['r/d', 'r/e']);
    expect(factOf(run, 'result-synthesised')?.fact.result).toMatchObject({ a: { a: 1 }, e: { e: 1 } });
  });

  test('counts what an agent says it did cost, and never more than was reserved', async () => {
    const spent = { money: 0.002, tokens: 1e9, calls: 1, agentSeconds: 1e9 };
    const telling = (name: string): Agent => ({
      ...anAgent(name, () => ({})),
      run: async function* () {
        yield { says: 'report', report: { ...aReport(), spent } };
      },
    });
    const { log } = await rigged({ how: aDecider(aPlan([aStep('a')])), agents: [telling('first')] });
    await startRun(log, systemClock, aRequest('r'));
    const finished = factOf(await untilEnded(log, 'r'), 'step-finished', 'a')?.fact.spent;
    expect(finished).toMatchObject({ money: 0.002, tokens: oneCall.tokens, calls: 1 });
    expect(finished?.agentSeconds).toBeLessThan(oneCall.agentSeconds);
  });

  test('gives a step what all the steps before it found, and the context', async () => {
    let seen: JsonObject = {};
    const agent = anAgent('first', (key, input) => {
      if (key === 'r/e') seen = input;
      return { [`of-${key.slice(2)}`]: key };
    });
    const { log } = await rigged({ how: aDecider(), agents: [agent], gather: async () => ({ health: 41 }) });
    await startRun(log, systemClock, aRequest('r'));
    await untilEnded(log, 'r');
    expect(seen).toMatchObject({ 'of-a': 'r/a', 'of-b': 'r/b', 'of-c': 'r/c', 'of-d': 'r/d', context: { health: 41 } });
  });

  test('is started once, however often it is asked for, and also when it is over', async () => {
    const { log } = await rigged({ how: aDecider(), agents: [anAgent('first', () => ({}))] });
    expect(await startRun(log, systemClock, aRequest('r'))).toBe('started');
    expect(await startRun(log, systemClock, aRequest('r'))).toBe('known');
    await untilEnded(log, 'r');
    expect(await startRun(log, systemClock, aRequest('r'))).toBe('known');
  });

  test('goes on without its context where that cannot be had, and says so', async () => {
    const { log } = await rigged({
      how: aDecider(),
      agents: [anAgent('first', () => ({}))],
      gather: () => Promise.reject(new Error('ClickHouse is away')),
    });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'context-attached')?.fact.missing).toBe('ClickHouse is away');
    expect(outcomeOf(run)).toBe('completed');
  });

  test('whose plan has a cycle, or cannot be made, ends and names why', async () => {
    const { run } = await carriedOut(aPlan([aStep('a', ['b']), aStep('b', ['a'])]), () => ({}));
    expect(factOf(run, 'run-ended')?.fact).toMatchObject({
      outcome: 'failed',
      why: 'no plan: a, b wait for one another',
    });
  });

  test('that is cancelled while it takes back ends as cancelled, and says what began that', async () => {
    let reached: () => void = () => undefined;
    let go: () => void = () => undefined;
    const atUndo = new Promise<void>((resolve) => (reached = resolve));
    const gate = new Promise<void>((resolve) => (go = resolve));
    const agent = anAgent('first', async (key) => {
      if (key === 'r/e') throw new AgentFault('refused', 'no');
      if (key !== 'r/undo/d') return {};
      reached();
      await gate;
      return {};
    });
    const { log } = await rigged({ how: aDecider(), agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    await atUndo;
    await tellRun(log, systemClock, 'acme', 'r', { fact: 'cancel-requested', by: 'ann', why: 'not needed' });
    go();
    const ended = factOf(await untilEnded(log, 'r'), 'run-ended')?.fact;
    expect(ended).toMatchObject({ outcome: 'cancelled', why: 'e: policy refuses it' });
  });

  test('that is cancelled takes back what it did', async () => {
    const how = aDecider(aPlan([fiveSteps[0] ?? aStep('a'), aStep('b', ['a'])]));
    let reached: () => void = () => undefined;
    let go: () => void = () => undefined;
    const atB = new Promise<void>((resolve) => (reached = resolve));
    const gate = new Promise<void>((resolve) => (go = resolve));
    const agent = anAgent('first', async (key) => {
      if (key === 'r/b') {
        reached();
        await gate;
      }
      return {};
    });
    const { log } = await rigged({ how, agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    await atB;
    await tellRun(log, systemClock, 'acme', 'r', { fact: 'cancel-requested', by: 'ann', why: 'not needed' });
    go();
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('cancelled');
    expect(order(run, 'step-finished')).toEqual(['a', 'b', 'undo/a']);
  });
});

describe('several runs', () => {
  test('of an organisation are under way up to its cap, the others wait in the order they came', async () => {
    let most = 0;
    let now = 0;
    const agent = anAgent('first', async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return {};
    });
    const log = createMemoryLog(systemClock);
    const how = aDecider(aPlan([aStep('a'), aStep('b', ['a'])]));
    // Two daemons keep to it together.
    await rigged({ log, how, agents: [agent], inFlightPerOrg: 2 });
    await rigged({ log, how, agents: [agent], inFlightPerOrg: 2, name: 'other' });
    const ids = Array.from({ length: 12 }, (_, index) => `r${index}`);
    for (const id of ids) await startRun(log, systemClock, aRequest(id));
    const runs = await Promise.all(ids.map((id) => untilEnded(log, id)));
    expect(runs.map(outcomeOf)).toEqual(ids.map(() => 'completed'));
    expect(most).toBeLessThanOrEqual(2);
    const admitted = runs.map((run) => factOf(run, 'admitted')?.place ?? 0);
    expect(admitted).toEqual(admitted.toSorted((a, b) => a - b));
  });

  test('beyond what may wait are refused', async () => {
    const agent = anAgent('first', () => new Promise(() => undefined));
    const { log } = await rigged({ how: aDecider(), agents: [agent], inFlightPerOrg: 1, waitingPerOrg: 1 });
    for (const id of ['r0', 'r1', 'r2']) await startRun(log, systemClock, aRequest(id));
    expect(outcomeOf(await untilEnded(log, 'r2'))).toBe('refused');
    expect(outcomeOf(await runOf(log, 'r1'))).toBeUndefined();
  });
});

describe('after a restart', () => {
  test('a run goes on where it was, and what is done is not done again', async () => {
    const log = createMemoryLog(systemClock);
    const did: string[] = [];
    let stopAt: string | undefined = 'r/d';
    let reached: () => void = () => undefined;
    const atD = new Promise<void>((resolve) => (reached = resolve));
    const agent = anAgent('first', async (key) => {
      if (key === stopAt) {
        reached();
        await new Promise(() => undefined);
      }
      did.push(key);
      return {};
    });
    const first = await rigged({ log, how: aDecider(), agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    await atD;
    stopAt = undefined;
    await first.stop();
    await rigged({ log, how: aDecider(), agents: [agent] });
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
    expect(did.toSorted()).toEqual(['r/a', 'r/b', 'r/c', 'r/d', 'r/e']);
  });

  test('runs that ended are not read again', async () => {
    const log = createMemoryLog(systemClock);
    const agents = [anAgent('first', () => ({}))];
    const first = await rigged({ log, how: aDecider(), agents });
    await startRun(log, systemClock, aRequest('r'));
    await untilEnded(log, 'r');
    await until('it is read', () => first.conductor.get('r') === undefined);
    await first.stop();
    const floor: { sequence: number } = JSON.parse(
      Buffer.from((await log.kv.get('runs.floor'))?.value ?? []).toString(),
    );
    expect(floor.sequence).toBe((await log.info('RUNS')).lastSequence);
    // And it starts all the same, though there is nothing to read.
    await rigged({ log, how: aDecider(), agents });
    await startRun(log, systemClock, aRequest('next'));
    expect(outcomeOf(await untilEnded(log, 'next'))).toBe('completed');
  });
});
