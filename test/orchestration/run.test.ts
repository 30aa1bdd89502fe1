import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import type { Deciders, Plan, Run } from '../../src/orchestration/run.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aReport, aRequest, aStep, oneCall, fiveSteps, quick } from './support/reference.ts';
import { createRig, runOf, untilEnded, type Rig, type RigOptions } from './support/rig.ts';

type Does = (key: string, input: JsonObject) => Promise<JsonObject> | JsonObject;

let rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.map((rig) => rig.stop()));
  rigs = [];
});

async function rigged(options: Omit<RigOptions, 'log'> & { readonly log?: MemoryLog }): Promise<MemoryLog> {
  const log = options.log ?? createMemoryLog(systemClock);
  const rig = createRig({ ...options, log });
  rigs.push(rig);
  await rig.start();
  return log;
}

/** A run of a plan from its request to its end, by agents called `first` and `second`. */
async function carriedOut(plan: Plan, first: Does, second: Does = first): Promise<{ log: MemoryLog; run: Run }> {
  const agents = [anAgent('first', first), anAgent('second', second)];
  const log = await rigged({ how: aDecider(plan), agents });
  await startRun(log, systemClock, aRequest('r'));
  return { log, run: await untilEnded(log, 'r') };
}

const outcomeOf = (run: Run) => factOf(run, 'run-ended')?.fact.outcome;
const order = (run: Run, kind: Fact['fact']) => factsOf(run, kind).map(({ fact }) => ('step' in fact ? fact.step : ''));

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
    const log = await rigged({ how: aDecider(aPlan([aStep('a')])), agents: [telling('first')] });
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
    const log = await rigged({ how: aDecider(), agents: [agent], gather: async () => ({ health: 41 }) });
    await startRun(log, systemClock, aRequest('r'));
    await untilEnded(log, 'r');
    expect(seen).toMatchObject({ 'of-a': 'r/a', 'of-b': 'r/b', 'of-c': 'r/c', 'of-d': 'r/d', context: { health: 41 } });
  });

  test('is started once, however often it is asked for, and also when it is over', async () => {
    const log = await rigged({ how: aDecider(), agents: [anAgent('first', () => ({}))] });
    expect(await startRun(log, systemClock, aRequest('r'))).toBe('started');
    expect(await startRun(log, systemClock, aRequest('r'))).toBe('known');
    await untilEnded(log, 'r');
    expect(await startRun(log, systemClock, aRequest('r'))).toBe('known');
  });

  test('goes on without its context where that cannot be had, and says so', async () => {
    const log = await rigged({
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
    const log = await rigged({ how, agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    await atB;
    await tellRun(log, systemClock, 'acme', 'r', { fact: 'cancel-requested', by: 'ann', why: 'not needed' });
    go();
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('cancelled');
    expect(order(run, 'step-finished')).toEqual(['a', 'b', 'undo/a']);
  });
});

describe('when a step fails', () => {
  test('it is tried again under the same key, and the run is completed', async () => {
    const tries = new Map<string, number>();
    const { run } = await carriedOut(aPlan(), (key) => {
      tries.set(key, (tries.get(key) ?? 0) + 1);
      if (tries.get(key) === 1) throw new Error('for now');
      return {};
    });
    expect(outcomeOf(run)).toBe('completed');
    expect([...tries]).toEqual(['a', 'b', 'c', 'd', 'e'].map((step) => [`r/${step}`, 2]));
  });

  test('three times with one agent, another is asked', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a')]),
      () => {
        throw new Error('always');
      },
      () => ({ by: 'second' }),
    );
    expect(outcomeOf(run)).toBe('completed');
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['first', 'first', 'first', 'second']);
  });

  test('with a report that is none, or poisoned, another agent is asked at once', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a')]),
      () => {
        throw new AgentFault('invalid', 'nonsense');
      },
      () => ({}),
    );
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['first', 'second']);
  });

  test('because it is asked too often, the same is asked later, and another at once where that would be long', async () => {
    const agentsAfter = async (retryAfterMs: number) => {
      let calls = 0;
      const { run } = await carriedOut(
        aPlan([aStep('a')]),
        () => {
          calls += 1;
          if (calls === 1) throw new AgentFault('rate-limited', 'too often', retryAfterMs);
          return {};
        },
        () => ({}),
      );
      expect(outcomeOf(run)).toBe('completed');
      return factsOf(run, 'step-scheduled').map(({ fact }) => [fact.agent, fact.delayMs >= retryAfterMs]);
    };
    expect(await agentsAfter(quick.backoffMaxMs)).toEqual([
      ['first', false],
      ['first', true],
    ]);
    expect(await agentsAfter(60_000)).toEqual([
      ['first', false],
      ['second', false],
    ]);
  });

  test('and whose only agent wants to be asked after the run’s time, is given up and not waited for', async () => {
    const { run } = await carriedOut(aPlan([aStep('a')]), () => {
      throw new AgentFault('rate-limited', 'next year', 365 * 86_400_000);
    });
    expect(factOf(run, 'run-ended')?.fact).toMatchObject({ outcome: 'failed' });
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['first', 'second']);
  });

  test('that policy refuses, nobody else is asked', async () => {
    const { run } = await carriedOut(aPlan([aStep('a')]), () => {
      throw new AgentFault('refused', 'not allowed to');
    });
    expect(factOf(run, 'run-ended')?.fact).toMatchObject({ outcome: 'failed', why: 'a: policy refuses it' });
    expect(factsOf(run, 'step-scheduled')).toHaveLength(1);
  });

  test('everywhere, the plan’s own answer counts and is marked degraded', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a', [], { degraded: { guess: 7 } }), aStep('b', ['a'])]),
      (key, input) => {
        if (key === 'r/a') throw new Error('always');
        return { got: input['guess'] ?? null };
      },
    );
    expect(outcomeOf(run)).toBe('completed');
    expect(factOf(run, 'step-degraded', 'a')?.fact.why).toContain('no other agent');
    expect(factOf(run, 'step-finished', 'b')?.fact.report.output).toEqual({ got: 7 });
  });

  test('and is optional, the run goes on without it', async () => {
    const { run } = await carriedOut(aPlan([aStep('a', [], { optional: true }), aStep('b', ['a'])]), (key) => {
      if (key === 'r/a') throw new AgentFault('refused', 'no');
      return {};
    });
    expect(outcomeOf(run)).toBe('completed');
    expect(order(run, 'step-skipped')).toEqual(['a']);
  });

  test('for good, what was done is taken back in the reverse order of completion', async () => {
    const { run } = await carriedOut(aPlan(), (key) => {
      if (key === 'r/e') throw new AgentFault('refused', 'no');
      return {};
    });
    expect(outcomeOf(run)).toBe('undone');
    expect(order(run, 'step-finished').slice(4)).toEqual(['undo/d', 'undo/b', 'undo/a']);
  });

  test('while it is taken back, that is tried again, and then handed to a person', async () => {
    const how = aDecider(aPlan());
    const agent = anAgent('first', (key) => {
      if (key === 'r/e') throw new AgentFault('refused', 'no');
      if (key === 'r/undo/b') throw new Error('always');
      return {};
    });
    const log = await rigged({ how, agents: [agent] });
    await startRun(log, systemClock, aRequest('r', { limits: { ...quick, undoAttempts: 4 } }));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('failed');
    expect(order(run, 'handed-over')).toEqual(['undo/b']);
    expect(order(run, 'step-failed').filter((step) => step === 'undo/b')).toHaveLength(4);
    // The others are taken back all the same.
    expect(order(run, 'step-finished')).toContain('undo/a');
  });

  test('more often than the run may try, it gives up', async () => {
    const log = await rigged({
      how: aDecider(aPlan([aStep('a')])),
      agents: [anAgent('first', () => Promise.reject(new Error('always')))],
    });
    await startRun(log, systemClock, aRequest('r', { limits: { ...quick, retries: 1 } }));
    const run = await untilEnded(log, 'r');
    expect(factsOf(run, 'step-scheduled')).toHaveLength(2);
    expect(factOf(run, 'run-ended')?.fact.why).toContain('1 retries are used up');
  });

  test('by taking longer than it may, its signal is aborted and it counts as timed out', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a', [], { timeoutMs: 20, degraded: {} })]),
      () => new Promise(() => undefined),
    );
    expect(factsOf(run, 'step-failed')[0]?.fact.fault).toBe('timed-out');
    expect(outcomeOf(run)).toBe('completed');
  });
});

describe('an approval', () => {
  const guarded = (more: object = {}) =>
    aPlan([
      aStep('a'),
      aStep('b', ['a'], { approval: { fourEyes: false, expiresMs: 60_000, otherwise: 'fail', ...more } }),
    ]);

  async function waiting(plan: Plan, how?: Partial<Deciders>): Promise<{ log: MemoryLog; hash: string }> {
    const log = await rigged({ how: { ...aDecider(plan), ...how }, agents: [anAgent('first', () => ({ found: 1 }))] });
    await startRun(log, systemClock, aRequest('r', { by: 'ann' }));
    await until(
      'approval is asked',
      async () => factOf(await runOf(log, 'r'), 'approval-requested', 'b') !== undefined,
    );
    const asked = factOf(await runOf(log, 'r'), 'approval-requested', 'b');
    return { log, hash: asked?.fact.argumentsHash ?? '' };
  }
  const grant = (log: MemoryLog, by: string, argumentsHash: string) =>
    tellRun(log, systemClock, 'acme', 'r', { fact: 'approval-granted', step: 'b', argumentsHash, by, why: 'fine' });

  test('is asked for with the exact arguments, and lets the step start when it is granted', async () => {
    const { log, hash } = await waiting(guarded());
    expect(factOf(await runOf(log, 'r'), 'approval-requested', 'b')?.fact.task.input).toMatchObject({ found: 1 });
    expect(factOf(await runOf(log, 'r'), 'step-scheduled', 'b', 1)).toBeUndefined();
    await grant(log, 'bob', hash);
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(factOf(run, 'step-scheduled', 'b', 1)?.fact.argumentsHash).toBe(hash);
  });

  test('of other arguments does not count, nor does one of two when four eyes are wanted, nor that of who asked', async () => {
    const { log, hash } = await waiting(guarded({ fourEyes: true }));
    await grant(log, 'eve', 'another');
    await grant(log, 'ann', hash);
    await grant(log, 'bob', hash);
    await until('it is read', () => rigs[0]?.conductor.get('r')?.facts.has('approval-granted b bob') === true);
    expect(factOf(await runOf(log, 'r'), 'step-scheduled', 'b', 1)).toBeUndefined();
    await grant(log, 'cid', hash);
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
  });

  test('that is denied turns into what the plan says', async () => {
    const { log, hash } = await waiting(guarded({ otherwise: 'skip' }));
    const denial = { fact: 'approval-denied', step: 'b', argumentsHash: hash, by: 'bob', why: 'too risky' } as const;
    await tellRun(log, systemClock, 'acme', 'r', denial);
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(factOf(run, 'step-skipped', 'b')?.fact.why).toBe('bob denied it: too risky');
  });

  test('that nobody gives expires', async () => {
    const { log } = await waiting(guarded({ expiresMs: 30 }));
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'run-ended')?.fact.why).toBe('b: nobody approved it in time');
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
    const log = await rigged({ how: aDecider(), agents: [agent], inFlightPerOrg: 1, waitingPerOrg: 1 });
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
    await rigged({ log, how: aDecider(), agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    await atD;
    stopAt = undefined;
    await rigs.pop()?.stop();
    await rigged({ log, how: aDecider(), agents: [agent] });
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
    expect(did.toSorted()).toEqual(['r/a', 'r/b', 'r/c', 'r/d', 'r/e']);
  });

  test('runs that ended are not read again', async () => {
    const log = createMemoryLog(systemClock);
    const agents = [anAgent('first', () => ({}))];
    await rigged({ log, how: aDecider(), agents });
    await startRun(log, systemClock, aRequest('r'));
    await untilEnded(log, 'r');
    await until('it is read', () => rigs[0]?.conductor.get('r') === undefined);
    await rigs.pop()?.stop();
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
