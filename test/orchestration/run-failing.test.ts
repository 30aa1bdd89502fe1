import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep, quick } from './support/reference.ts';
import { untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';
import { carriedOut, order } from './support/carried-out.ts';

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
    const { log } = await rigged({ how, agents: [agent] });
    await startRun(log, systemClock, aRequest('r', { limits: { ...quick, undoAttempts: 4 } }));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('failed');
    expect(order(run, 'handed-over')).toEqual(['undo/b']);
    expect(order(run, 'step-failed').filter((step) => step === 'undo/b')).toHaveLength(4);
    // The others are taken back all the same.
    expect(order(run, 'step-finished')).toContain('undo/a');
  });

  test('more often than the run may try, it gives up', async () => {
    const { log } = await rigged({
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
