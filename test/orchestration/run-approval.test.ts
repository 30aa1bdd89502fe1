import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { decodeEntry } from '../../src/orchestration/facts.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import type { Deciders, Plan } from '../../src/orchestration/run.ts';
import type { Conductor } from '../../src/orchestration/conductor.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aCard, aSkill } from './a-card.ts';
import { aDecider, anAgent, aPlan, aReport, aRequest, aStep } from './support/reference.ts';
import { runOf, untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';

describe('an approval', () => {
  const guarded = (more: object = {}) =>
    aPlan([
      aStep('a'),
      aStep('b', ['a'], { approval: { fourEyes: false, expiresMs: 60_000, otherwise: 'fail', ...more } }),
    ]);

  async function waiting(
    plan: Plan,
    how?: Partial<Deciders>,
  ): Promise<{ log: MemoryLog; conductor: Conductor; hash: string }> {
    const { log, conductor } = await rigged({
      how: { ...aDecider(plan), ...how },
      agents: [anAgent('first', () => ({ found: 1 }))],
    });
    await startRun(log, systemClock, aRequest('r', { by: 'ann' }));
    await until(
      'approval is asked',
      async () => factOf(await runOf(log, 'r'), 'approval-requested', 'b') !== undefined,
    );
    const asked = factOf(await runOf(log, 'r'), 'approval-requested', 'b');
    return { log, conductor, hash: asked?.fact.argumentsHash ?? '' };
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
    const { log, conductor, hash } = await waiting(guarded({ fourEyes: true }));
    await grant(log, 'eve', 'another');
    await grant(log, 'ann', hash);
    await grant(log, 'bob', hash);
    await until('it is read', () => conductor.get('r')?.facts.has('approval-granted b bob') === true);
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

  test('is asked for once where the steps are runs of their own, before anything is done', async () => {
    const skills = [aSkill('remediation', { output: ['proposals'], sideEffects: 'reversible' }), aSkill('anomalies')];
    const agent: Agent = {
      card: aCard('fix', skills),
      async *run() {
        yield { says: 'report', report: aReport() };
      },
    };
    const { log } = await rigged({ how: decidersOf([agent.card]), agents: [agent] });
    await startRun(
      log,
      systemClock,
      aRequest('r', { kind: 'system_performance', pattern: 'hierarchical', risk: 'medium' }),
    );
    const told = () =>
      log
        .messagesOf('RUNS')
        .flatMap(({ data, subject }) => decodeEntry(data).facts.map((fact) => ({ ...fact, subject })));
    const asked = () => told().filter(({ fact }) => fact === 'approval-requested');
    await until('approval is asked', () => asked().length > 0);
    const begun = told().flatMap((fact) => (fact.fact === 'step-started' ? [fact.step] : []));
    expect(begun).not.toContain('remediation');
    const [hash = ''] = told().flatMap((fact) => (fact.fact === 'approval-requested' ? [fact.argumentsHash] : []));
    const granted = {
      fact: 'approval-granted',
      step: 'remediation',
      argumentsHash: hash,
      by: 'ann',
      why: 'fine',
    } as const;
    await tellRun(log, systemClock, 'acme', 'r', granted);
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(asked()).toHaveLength(1);
    expect(factOf(run, 'step-scheduled', 'remediation', 1)?.fact).toMatchObject({ argumentsHash: hash, agent: 'fix' });
    // The others are, all the same.
    expect(factOf(run, 'step-scheduled', 'anomalies', 1)?.fact.child).toBeDefined();
  });
});
