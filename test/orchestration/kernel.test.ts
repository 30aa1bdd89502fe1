import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { inPattern, usualSettings, type PatternSettings } from '../../src/orchestration/patterns.ts';
import type { Pattern, Plan, Run } from '../../src/orchestration/run.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { planOf } from '../../src/orchestration/steps.ts';
import { type MemoryLog } from '../support/memory-log.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep } from './support/reference.ts';
import { runOf, untilEnded } from './support/rig.ts';
import { outcomeOf, rigged } from './support/rigged.ts';
import { finished, outputOf } from './support/kernel.ts';

/** A run in a pattern from its request to its end; agents as they are named. */
async function carriedOut(
  plan: Plan,
  pattern: Pattern,
  settings: Partial<PatternSettings>,
  agents: readonly Agent[],
): Promise<{ run: Run; log: MemoryLog }> {
  const names = agents.map(({ card }) => card.name);
  const { log } = await rigged({
    how: aDecider(inPattern(plan, pattern, { ...usualSettings, ...settings }), names),
    agents,
  });
  await startRun(log, systemClock, aRequest('r'));
  return { log, run: await untilEnded(log, 'r') };
}

const agentOf = (run: Run, step: string) => factOf(run, 'step-scheduled', step, 1)?.fact.agent;

describe('a pair', () => {
  const shownIn: JsonObject[] = [];
  const answering = (...verdicts: readonly string[]) => {
    let checks = 0;
    return ['first', 'second'].map((name) =>
      anAgent(name, (key, input) => {
        if (!key.includes('checked')) return { found: name };
        shownIn.push(input);
        checks += 1;
        return { verdict: verdicts[checks - 1] ?? 'accept' };
      }),
    );
  };

  test('is a maker, and a checker who is another agent and is shown what was made', async () => {
    shownIn.length = 0;
    const { run } = await carriedOut(aPlan([aStep('a'), aStep('b', ['a'])]), 'pair', {}, answering('send-back'));
    expect(outcomeOf(run)).toBe('completed');
    expect(finished(run).slice(0, 4)).toEqual(['a-made-1', 'a-checked-1', 'a-made-2', 'a-checked-2']);
    for (const turn of [1, 2]) {
      expect(agentOf(run, `a-checked-${turn}`)).not.toBe(agentOf(run, `a-made-${turn}`));
    }
    expect(shownIn[0]?.['reports']).toMatchObject([{ step: 'a-made-1', agent: 'first', output: { found: 'first' } }]);
    expect(outputOf(run, 'a')).toEqual({ found: 'first', verdict: 'accept' });
    // What was accepted is not made again.
    expect(factOf(run, 'step-skipped', 'a-made-3')?.fact.why).toBe('not needed: verdict of a-checked-2 is "accept"');
  });

  test('is sent back so often at most', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a')]),
      'pair',
      { sendBacksMax: 1 },
      answering('send-back', 'send-back', 'send-back'),
    );
    expect(outcomeOf(run)).toBe('completed');
    expect(finished(run).filter((step) => step.includes('made'))).toHaveLength(2);
    expect(outputOf(run, 'a')).toEqual({ found: 'first', verdict: 'send-back' });
  });
});

describe('a swarm', () => {
  const holding = (held: Readonly<Record<string, (round: number) => number>>, did: string[] = []) =>
    Object.entries(held).map(([name, of]) =>
      anAgent(name, (key) => {
        did.push(`${name} ${key}`);
        return { found: of(key.includes('-r2-') ? 2 : 1) };
      }),
    );

  test('asks as many agents as there are peers, each another, and takes what enough of them hold', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a')]),
      'swarm',
      { peers: 3 },
      holding({ x: () => 1, y: () => 2, z: () => 1 }),
    );
    expect(outcomeOf(run)).toBe('completed');
    expect(new Set([1, 2, 3].map((peer) => agentOf(run, `a-r1-${peer}`))).size).toBe(3);
    expect(outputOf(run, 'a')).toEqual({ found: 1, agreed: true });
    expect(finished(run).some((step) => step.includes('-r2-'))).toBe(false);
  });

  test('goes another round where they do not agree, and the rule says what stands after the last', async () => {
    const { run } = await carriedOut(
      aPlan([aStep('a')]),
      'swarm',
      { peers: 2, agreement: 1, conflict: 'first-stands' },
      holding({ x: (round) => round, y: () => 7 }),
    );
    expect(outcomeOf(run)).toBe('completed');
    expect(finished(run)).toHaveLength(4);
    expect(outputOf(run, 'a')).toMatchObject({ agreed: false });
    expect(factOf(run, 'step-gathered', 'a-r2')?.fact.why).toContain('it was first');
  });

  test('does not wait for who can change nothing any more', async () => {
    const agents = [
      ...holding({ x: () => 1, y: () => 1 }),
      anAgent('z', () => new Promise<JsonObject>(() => undefined)),
    ];
    const { run } = await carriedOut(aPlan([aStep('a')]), 'swarm', { peers: 3 }, agents);
    expect(outcomeOf(run)).toBe('completed');
    expect(factsOf(run, 'step-skipped').map(({ fact }) => fact.why)).toContain(
      'not needed: 2 of 3 agree; 2 are enough',
    );
  });
});

test('an agent that nobody needs any more is stopped', async () => {
  let stopped: () => void = () => undefined;
  const isStopped = new Promise<void>((resolve) => (stopped = resolve));
  const slow: Agent = {
    ...anAgent('z', () => ({})),
    // It says nothing of its own, and ends with its signal.
    async *run(_, { signal }) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      stopped();
      yield { says: 'progress', done: 1, text: 'stopped' };
    },
  };
  const agents = [...['x', 'y'].map((name) => anAgent(name, () => ({ found: 1 }))), slow];
  const plan = inPattern(aPlan([aStep('a'), aStep('b', ['a'])]), 'swarm', { ...usualSettings, peers: 3 }, ['a']);
  // The run stays open, so that its end is not what stops the agent.
  const held = aPlan(plan.steps.map((step) => (step.id === 'b' ? { ...step, approval } : step)));
  const { log } = await rigged({ how: aDecider(held, ['x', 'y', 'z']), agents, heartbeatMs: 5 });
  await startRun(log, systemClock, aRequest('r'));
  await isStopped;
  expect(outcomeOf(await runOf(log, 'r'))).toBeUndefined();
});

const approval = { fourEyes: false, expiresMs: 60_000, otherwise: 'skip' } as const;

describe('by the agents there are', () => {
  const withEvidence = (name: string, skill: string, value: number): Agent => {
    const agent = anAgent(name, () => ({}));
    return {
      card: {
        ...agent.card,
        skills: [
          {
            id: skill,
            description: skill,
            input: [],
            output: ['found'],
            cost: { money: 0, tokens: 0, calls: 0, agentSeconds: 1 },
            sideEffects: 'none',
          },
        ],
      },
      async *run(task) {
        const reports = task.input['reports'];
        const output: JsonObject = reports === undefined ? { found: value } : { verdict: 'accept' };
        yield { says: 'report', report: { insights: [], abstained: null, output, degraded: false } };
      },
    };
  };
  const agents = [
    withEvidence('customers', 'churn', 1),
    withEvidence('others', 'churn', 1),
    withEvidence('auditor', 'check', 1),
  ];

  test.each<[Pattern, string, string]>([
    ['pair', 'churn-checked-1', 'auditor'],
    ['swarm', 'churn-r1-2', 'others'],
    ['hierarchical', 'churn', 'run'],
  ])('a run is done as a %s where somebody asks for it', async (pattern, step, agent) => {
    const { log } = await rigged({ how: decidersOf(agents.map(({ card }) => card)), agents });
    await startRun(log, systemClock, aRequest('r', { kind: 'customer_health', pattern }));
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'run-ended')?.fact).toMatchObject({ outcome: 'completed' });
    expect(planOf(run)?.pattern).toEqual({ name: pattern, why: { asked: pattern } });
    expect(pattern === 'swarm' ? ['customers', 'others'] : [agent]).toContain(agentOf(run, step));
    expect(outputOf(run, 'churn')).toMatchObject({ found: 1 });
    // Nothing that was not needed is told as missing.
    expect(JSON.stringify(factOf(run, 'result-synthesised')?.fact.result['missing'])).not.toContain('not needed');
  });

  test('what is risky is mostly checked, what is not never, and the choice says why', async () => {
    const how = decidersOf(agents.map(({ card }) => card));
    const planned = (id: string, risk: 'low' | 'high') => {
      const plan = how.plan(aRequest(id, { kind: 'customer_health', risk }), {});
      return 'impossible' in plan ? undefined : plan.pattern;
    };
    const ids = Array.from({ length: 40 }, (_, index) => `run-${index}`);
    const share = (risk: 'low' | 'high') => ids.filter((id) => planned(id, risk)?.name === 'pair').length / ids.length;
    expect(share('high')).toBeGreaterThan(0.5);
    expect(share('low')).toBe(0);
    expect(planned('run-0', 'high')?.why).toMatchObject({ risk: 'high', level: 'simple', ranking: expect.anything() });
  });
});
