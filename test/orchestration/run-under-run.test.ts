import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf, factsOf, fold, noRun } from '../../src/orchestration/fold.ts';
import { inPattern, usualSettings } from '../../src/orchestration/patterns.ts';
import { childrenOf, skillKind } from '../../src/orchestration/children.ts';
import type { Deciders, Run } from '../../src/orchestration/run.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { planOf } from '../../src/orchestration/steps.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep, quick } from './support/reference.ts';
import { choiceOf, reported, scheduled } from './support/facts.ts';
import { createRig, runOf, untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';
import { finished, outputOf } from './support/kernel.ts';

describe('a run under a run', () => {
  /** The first run delegates its steps; those under it do theirs by an agent. */
  function delegating(steps = [aStep('a'), aStep('b', ['a'])], childSteps = [aStep('work')]): Deciders {
    const how = aDecider();
    return {
      ...how,
      plan: ({ kind, parent, budget }) =>
        kind === skillKind('work')
          ? aPlan(childSteps, budget ? { budget } : {})
          : inPattern(aPlan(steps), 'hierarchical', { ...usualSettings, depth: parent?.depth ?? 0 }),
    };
  }
  const childOf = (run: Run, step: string) => factOf(run, 'step-scheduled', step, 1)?.fact.child ?? '';

  test('does a step, and the run above waits for its end and goes on with what it gave', async () => {
    const seen: JsonObject[] = [];
    const agent = anAgent('first', (key, input) => {
      seen.push(input);
      return { [`of ${key}`]: 1 };
    });
    // One at a time: a child needs no place of its own.
    const { log } = await rigged({ how: delegating(), agents: [agent], inFlightPerOrg: 1 });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    const [a, b] = [childOf(run, 'a'), childOf(run, 'b')];
    const child = await runOf(log, a);
    expect(factOf(child, 'requested')?.fact.request).toMatchObject({
      kind: 'skill:work',
      parent: { run: 'r', depth: 1 },
      by: 'run:r',
    });
    expect(outcomeOf(child)).toBe('completed');
    expect(outputOf(run, 'a')).toEqual({ [`of ${a}/work`]: 1 });
    expect(factOf(run, 'step-finished', 'a')?.fact.report.abstained).toBe('its run found nothing: it is a test');
    // The second sees what came of the first.
    expect(JSON.stringify(seen[1])).toContain(`of ${a}/work`);
    expect(outcomeOf(await runOf(log, b))).toBe('completed');
  });

  test('has its budget from the run above, which gets back what was not spent', async () => {
    const { log } = await rigged({ how: delegating(), agents: [anAgent('first', () => ({}))] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    const reserved = factOf(run, 'step-scheduled', 'a', 1)?.fact.reserve;
    expect(reserved?.money).toBe(50);
    const child = await runOf(log, childOf(run, 'a'));
    expect(planOf(child)?.budget).toEqual(reserved);
    expect(factOf(run, 'step-finished', 'a')?.fact.spent.money).toBeCloseTo(0.01, 10);
    expect(factOf(run, 'step-scheduled', 'b', 1)?.fact.reserve.money).toBeCloseTo(99.99, 10);
  });

  test('is cancelled with the run above, takes back what it did, and only then that one ends', async () => {
    let reached: () => void = () => undefined;
    let go: () => void = () => undefined;
    const atSecond = new Promise<void>((resolve) => (reached = resolve));
    const gate = new Promise<void>((resolve) => (go = resolve));
    const agent = anAgent('first', async (key) => {
      if (key.endsWith('/second')) {
        reached();
        await gate;
      }
      return {};
    });
    const childSteps = [aStep('work', [], { undo: 'takeBack' }), aStep('second', ['work'])];
    const { log } = await rigged({ how: delegating([aStep('a')], childSteps), agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    await atSecond;
    const id = childOf(await runOf(log, 'r'), 'a');
    await tellRun(log, systemClock, 'acme', 'r', { fact: 'cancel-requested', by: 'ann', why: 'not needed' });
    await until('the child is told', async () => factOf(await runOf(log, id), 'cancel-requested') !== undefined);
    expect(outcomeOf(await runOf(log, 'r'))).toBeUndefined();
    go();
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('cancelled');
    const child = await runOf(log, id);
    expect(outcomeOf(child)).toBe('cancelled');
    expect(finished(child)).toContain('undo/work');
  });

  test('that waits for people counts against no time, and keeps no other waiting, as if the run above waited itself', async () => {
    const hourMs = 3_600_000;
    let skewMs = 0;
    const clock = { now: () => systemClock.now() + skewMs };
    const refusing = anAgent('first', () => {
      throw new AgentFault('refused', 'not allowed to');
    });
    const limits = { ...quick, runMs: hourMs, personMs: 30 * hourMs };
    const how = delegating([aStep('a'), aStep('b', ['a'])]);
    const { log, conductor } = await rigged({ how, agents: [refusing], clock, inFlightPerOrg: 1 });
    const asked = async (id: string, step: string) => {
      const child = async () => childOf(await runOf(log, id), step);
      await until('a person is asked', async () => !!factOf(await runOf(log, await child()), 'person-asked', 'work'));
      return child();
    };
    const answer = (id: string) =>
      tellRun(log, clock, 'acme', id, {
        fact: 'person-answered',
        step: 'work',
        done: true,
        by: 'ann',
        why: 'by hand',
        output: {},
      });
    await startRun(log, clock, aRequest('r', { limits }));
    const below = await asked('r', 'a');
    await until('it waits for people', () => conductor.parked('acme') === 1);
    skewMs = 20 * hourMs;
    // It has seen what time it is, and that there is a place.
    await startRun(log, clock, aRequest('other', { limits }));
    await asked('other', 'a');
    expect(factOf(await runOf(log, below), 'cancel-requested')).toBeUndefined();
    await answer(below);
    await answer(await asked('r', 'b'));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(factOf(run, 'step-finished', 'a')?.fact.waitedMs).toBeGreaterThan(19 * hourMs);
  });

  test('has no more time than is left to the run above', () => {
    const plan = aPlan([aStep('a'), aStep('b', ['a'], { child: { depth: 1 } })]);
    const request = aRequest('r', { limits: { ...quick, runMs: 1_000 } });
    const [first, second] = [scheduled('a', choiceOf('first')), { ...scheduled('b', choiceOf('run')), child: 'c' }];
    const entries: readonly (readonly [at: number, ...facts: Fact[]])[] = [
      [0, { fact: 'requested', request }, { fact: 'admitted' }, { fact: 'plan-decided', plan }, first],
      [700, reported('a'), second],
    ];
    const run = entries.reduce((run, [at, ...facts], index) => fold(run, { at, facts }, index + 1), noRun);
    expect(childrenOf(run)[0]?.request.limits.runMs).toBe(300);
  });

  test('that took back what it did is done here instead, by an agent', async () => {
    const agent = anAgent('first', (key) => {
      if (key.endsWith('/second')) throw new Error('always');
      return { by: key };
    });
    const childSteps = [aStep('work', [], { undo: 'takeBack' }), aStep('second', ['work'])];
    const { log } = await rigged({ how: delegating([aStep('a')], childSteps), agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['run', 'first']);
  });

  test('in which a person could not do a step is given up by the run above, which asks nobody once more', async () => {
    const refusing = anAgent('first', () => {
      throw new AgentFault('refused', 'not allowed to');
    });
    const { log } = await rigged({ how: delegating([aStep('a')]), agents: [refusing] });
    await startRun(log, systemClock, aRequest('r', { limits: { ...quick, personMs: 3_600_000 } }));
    const child = async () => childOf(await runOf(log, 'r'), 'a');
    await until('a person is asked', async () => !!factOf(await runOf(log, await child()), 'person-asked', 'work'));
    const no = { fact: 'person-answered', step: 'work', done: false, by: 'ann', why: 'no key', output: {} } as const;
    await tellRun(log, systemClock, 'acme', await child(), no);
    await until('the run above has heard', async () => {
      const run = await runOf(log, 'r');
      return !!factOf(run, 'run-ended') || !!factOf(run, 'person-asked', 'a');
    });
    const run = await runOf(log, 'r');
    expect(factOf(run, 'person-asked', 'a')).toBeUndefined();
    expect(outcomeOf(run)).toBe('failed');
  });

  test('in which a person said no is done by nobody above', async () => {
    const approval = { fourEyes: false, expiresMs: 60_000, otherwise: 'fail' } as const;
    const childSteps = [aStep('work', [], { undo: 'takeBack' }), aStep('second', ['work'], { approval })];
    const how = delegating([aStep('a')], childSteps);
    const { log } = await rigged({ how, agents: [anAgent('first', () => ({}))] });
    await startRun(log, systemClock, aRequest('r'));
    const asked = async () => {
      const child = childOf(await runOf(log, 'r'), 'a');
      return factOf(await runOf(log, child), 'approval-requested', 'second')?.fact;
    };
    await until('approval is asked', async () => (await asked()) !== undefined);
    const { argumentsHash = '' } = (await asked()) ?? {};
    const denied = { fact: 'approval-denied', step: 'second', argumentsHash, by: 'ann', why: 'too risky' } as const;
    await tellRun(log, systemClock, 'acme', childOf(await runOf(log, 'r'), 'a'), denied);
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(await runOf(log, childOf(run, 'a')))).toBe('undone');
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['run']);
  });

  test('whose answer is too large for the run above has failed for it, and what that one did is taken back', async () => {
    const log = createMemoryLog(systemClock);
    const small: MemoryLog = {
      ...log,
      append: async (message) => {
        const tooLarge = message.id?.endsWith('/ended') && Buffer.from(message.data).includes('"step-finished"');
        if (tooLarge) throw new WeirError('message-too-large', 'it is too large');
        return log.append(message);
      },
    };
    const how = delegating([], [aStep('work')]);
    const steps = [aStep('before', [], { undo: 'takeBack' }), aStep('a', ['before'], { child: { depth: 1 } })];
    const plan: Deciders['plan'] = (request, context) => (request.parent ? how.plan(request, context) : aPlan(steps));
    await rigged({ log: small, how: { ...how, plan }, agents: [anAgent('first', () => ({}))] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'step-failed', 'a', 1)?.fact).toMatchObject({ fault: 'refused', detail: 'it is too large' });
    expect(outcomeOf(run)).toBe('undone');
    expect(finished(run)).toEqual(['before', 'undo/before']);
  });

  test('whose end nobody told the run above, because the daemon died, is told after the restart', async () => {
    const log = createMemoryLog(systemClock);
    let stopped: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (stopped = resolve));
    const how = delegating([aStep('a')]);
    // The log takes nothing of the parent any more, once the child has ended.
    const mortal: MemoryLog = {
      ...log,
      append: (message) =>
        message.id?.endsWith('/ended') && message.subject.endsWith('.r')
          ? (stopped(), new Promise(() => undefined))
          : log.append(message),
    };
    const dying = createRig({ log: mortal, how, agents: [anAgent('first', () => ({}))] });
    await dying.start();
    await startRun(log, systemClock, aRequest('r'));
    await ended;
    await dying.stop();
    await rigged({ log, how, agents: [anAgent('first', () => ({}))] });
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
  });

  test('does not delegate for ever', async () => {
    const how = delegating([aStep('a')]);
    const endless: Deciders = {
      ...how,
      plan: ({ parent }) => aPlan([aStep('a', [], { child: { depth: (parent?.depth ?? 0) + 1 }, optional: true })]),
    };
    const { log } = await rigged({ how: endless, agents: [anAgent('first', () => ({}))] });
    await startRun(log, systemClock, aRequest('r'));
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
    const runs = new Set(log.messagesOf('RUNS').map(({ subject }) => subject));
    expect(runs.size).toBe(4);
  });
});
