import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { WeirError } from '../../src/core/errors.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { inPattern, usualSettings, type PatternSettings } from '../../src/orchestration/patterns.ts';
import { skillKind } from '../../src/orchestration/children.ts';
import type { Deciders, Pattern, Plan, Run } from '../../src/orchestration/run.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { planOf, viewsOf } from '../../src/orchestration/steps.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep } from './support/reference.ts';
import { createRig, runOf, untilEnded, type Rig, type RigOptions } from './support/rig.ts';

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

/** A run in a pattern from its request to its end; agents as they are named. */
async function carriedOut(
  plan: Plan,
  pattern: Pattern,
  settings: Partial<PatternSettings>,
  agents: readonly Agent[],
): Promise<{ run: Run; log: MemoryLog }> {
  const names = agents.map(({ card }) => card.name);
  const log = await rigged({
    how: aDecider(inPattern(plan, pattern, { ...usualSettings, ...settings }), names),
    agents,
  });
  await startRun(log, systemClock, aRequest('r'));
  return { log, run: await untilEnded(log, 'r') };
}

const outcomeOf = (run: Run) => factOf(run, 'run-ended')?.fact.outcome;
const finished = (run: Run) => factsOf(run, 'step-finished').map(({ fact }) => fact.step);
const agentOf = (run: Run, step: string) => factOf(run, 'step-scheduled', step, 1)?.fact.agent;
const outputOf = (run: Run, step: string) => viewsOf(run).find((view) => view.step.id === step)?.output;

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
  const log = await rigged({ how: aDecider(held, ['x', 'y', 'z']), agents, heartbeatMs: 5 });
  await startRun(log, systemClock, aRequest('r'));
  await isStopped;
  expect(outcomeOf(await runOf(log, 'r'))).toBeUndefined();
});

const approval = { fourEyes: false, expiresMs: 60_000, otherwise: 'skip' } as const;

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
    const log = await rigged({ how: delegating(), agents: [agent], inFlightPerOrg: 1 });
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
    // The second sees what came of the first.
    expect(JSON.stringify(seen[1])).toContain(`of ${a}/work`);
    expect(outcomeOf(await runOf(log, b))).toBe('completed');
  });

  test('has its budget from the run above, which gets back what was not spent', async () => {
    const log = await rigged({ how: delegating(), agents: [anAgent('first', () => ({}))] });
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
    const log = await rigged({ how: delegating([aStep('a')], childSteps), agents: [agent] });
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

  test('that took back what it did is done here instead, by an agent', async () => {
    const agent = anAgent('first', (key) => {
      if (key.endsWith('/second')) throw new Error('always');
      return { by: key };
    });
    const childSteps = [aStep('work', [], { undo: 'takeBack' }), aStep('second', ['work'])];
    const log = await rigged({ how: delegating([aStep('a')], childSteps), agents: [agent] });
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['run', 'first']);
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
    const log = await rigged({ how: endless, agents: [anAgent('first', () => ({}))] });
    await startRun(log, systemClock, aRequest('r'));
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
    const runs = new Set(log.messagesOf('RUNS').map(({ subject }) => subject));
    expect(runs.size).toBe(4);
  });
});

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
    const log = await rigged({ how: decidersOf(agents.map(({ card }) => card)), agents });
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
