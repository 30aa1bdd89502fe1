import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { childrenOf, skillKind } from '../../src/orchestration/children.ts';
import { deadlines, decide } from '../../src/orchestration/decide.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf, factsOf, fold, noRun } from '../../src/orchestration/fold.ts';
import type { Plan, RunRequest } from '../../src/orchestration/run.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { viewsOf } from '../../src/orchestration/steps.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aRequest, aStep, fiveSteps, quick } from './support/reference.ts';
import { createRig, runOf, untilEnded } from './support/rig.ts';
import { started, twoSteps, waiting } from './support/people.ts';
import { outcomeOf } from './support/rigged.ts';

const asked = (log: MemoryLog, step: string) =>
  until(
    `a person is asked to do ${step}`,
    async () => factOf(await runOf(log, 'r'), 'person-asked', step) !== undefined,
  );

const refusing = anAgent('first', (key) => {
  if (key === 'r/b') throw new AgentFault('refused', 'not allowed to');
  return { got: key };
});

describe('where no agent can do a step', () => {
  test('its run counts as waiting for people, and beyond so many nobody can ask for another, until one is answered', async () => {
    const log = createMemoryLog(systemClock);
    const rig = createRig({ log, how: aDecider(twoSteps), agents: [refusing] });
    onTestFinished(() => rig.stop());
    await rig.start();
    await startRun(log, systemClock, aRequest('r', { limits: waiting }));
    await until('it waits for people', () => rig.conductor.parked('acme') === 1);
    const sessions = createSessions(log, systemClock, waiting, [], { max: 1, of: rig.conductor.parked });
    const another = { org: 'acme', by: 'ann', kind: 'reference', goal: 'and this?', entity: null };
    await expect(sessions.create(another)).rejects.toMatchObject({ code: 'too-many', status: 429 });
    await expect(sessions.create(another)).rejects.toThrow('cancel some of them first');
    expect(await sessions.create({ ...another, org: 'globex' })).toMatchObject({ org: 'globex' });
    await sessions.cancel('acme', 'r', 'ann', 'not needed');
    await until('nobody waits', () => rig.conductor.parked('acme') === 0);
    expect(await sessions.create(another)).toMatchObject({ goal: 'and this?' });
  });

  test('a person is asked with all that is needed, and the run goes on with the answer', async () => {
    const log = await started(twoSteps, [refusing]);
    await asked(log, 'b');
    const sessions = createSessions(log, systemClock);
    const detail = await sessions.get('acme', 'r');
    expect(detail?.people).toMatchObject([
      { step: 'b', why: 'policy refuses it', arguments: { goal: 'do b', input: { got: 'r/a' } }, answer: null },
    ]);
    expect(detail?.steps.find(({ id }) => id === 'b')?.status).toBe('with-person');
    const answer = { org: 'acme', by: 'ann', step: 'b', done: true, why: 'by hand', output: { got: 'by hand' } };
    await sessions.answer('r', answer);
    await expect(sessions.answer('r', answer)).rejects.toMatchObject({ code: 'version-conflict' });
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    expect(factOf(run, 'step-scheduled', 'c', 1)).toBeDefined();
    expect(viewsOf(run).find(({ step }) => step.id === 'b')?.output).toEqual({ got: 'by hand' });
  });

  test('and the person cannot either, or nobody answers in time, it is given up', async () => {
    const log = await started(twoSteps, [refusing]);
    await asked(log, 'b');
    const no = { step: 'b', done: false, by: 'ann', why: 'no key', output: {} };
    await tellRun(log, systemClock, 'acme', 'r', { fact: 'person-answered', ...no });
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'run-ended')?.fact.why).toBe('b: ann could not do it: no key');
    const late = await started(twoSteps, [refusing], { limits: { ...quick, personMs: 20 } });
    expect(factOf(await untilEnded(late, 'r'), 'run-ended')?.fact.why).toBe('b: nobody took it over in time');
  });

  test('the time it waits does not count against the run’s, and it keeps no other run waiting', async () => {
    const log = await started(twoSteps, [refusing], { limits: { ...waiting, runMs: 1 } }, { inFlightPerOrg: 1 });
    const limits = { ...waiting, runMs: 60_000 };
    await startRun(log, systemClock, aRequest('other', { limits }));
    await until(
      'the other waits for a person, too',
      async () =>
        factsOf(await runOf(log, 'other'), 'person-asked').length > 0 || outcomeOf(await runOf(log, 'r')) !== undefined,
    );
    expect(factsOf(await runOf(log, 'other'), 'admitted').length).toBe(1);
  });
});

test('what nobody could take back a person is asked to take back, and then it counts as taken back', async () => {
  const agent = anAgent('first', (key) => {
    if (key === 'r/e') throw new AgentFault('refused', 'no');
    if (key === 'r/undo/b') throw new Error('always');
    return {};
  });
  const log = await started(aPlan(fiveSteps), [agent], { limits: { ...waiting, undoAttempts: 2 } });
  await asked(log, 'e');
  const sessions = createSessions(log, systemClock);
  const by = { org: 'acme', by: 'ann', output: {} };
  await sessions.answer('r', { ...by, step: 'e', done: false, why: 'not now' });
  await asked(log, 'undo/b');
  // The rest does not wait for it.
  await until('a is taken back', async () => factOf(await runOf(log, 'r'), 'step-finished', 'undo/a') !== undefined);
  expect(outcomeOf(await runOf(log, 'r'))).toBeUndefined();
  await sessions.answer('r', { ...by, step: 'undo/b', done: true, why: 'by hand' });
  expect(outcomeOf(await untilEnded(log, 'r'))).toBe('undone');
});

test('a run’s time stands still while somebody is asked to approve a step', () => {
  const approval = { fourEyes: false, expiresMs: 86_400_000, otherwise: 'fail' } as const;
  const plan = aPlan([aStep('a', [], { approval }), aStep('b', ['a'])]);
  const how = aDecider(plan);
  let run = noRun;
  const say = (at: number, ...facts: Fact[]) => (run = fold(run, { at, facts }, run.sequence + 1));
  const runDeadline = () => deadlines(run).find(({ name }) => name === 'run')?.at;
  say(0, { fact: 'requested', request: aRequest('r', { limits: { ...quick, runMs: 1_000 } }) }, { fact: 'admitted' });
  say(0, { fact: 'context-attached', context: {}, missing: null }, { fact: 'plan-decided', plan });
  expect(runDeadline()).toBe(1_000);
  say(100, ...decide(run, how));
  const argumentsHash = factOf(run, 'approval-requested', 'a')?.fact.argumentsHash ?? '';
  expect(runDeadline()).toBeUndefined();
  say(50_000, { fact: 'approval-granted', step: 'a', argumentsHash, by: 'bob', why: 'fine' });
  say(50_000, ...decide(run, how));
  expect(factOf(run, 'step-scheduled', 'a', 1)).toBeDefined();
  expect(runDeadline()).toBe(50_900);
});

test('what cannot be taken back is planned under four eyes, and done once two others than who asked approve of it', async () => {
  const does = anAgent('first', () => ({}));
  const [skill] = does.card.skills;
  if (!skill) throw new Error('no skill');
  const restarts = { ...skill, id: 'restart', sideEffects: 'irreversible' as const };
  const agent: Agent = { ...does, card: { ...does.card, skills: [restarts] } };
  const log = createMemoryLog(systemClock);
  const rig = createRig({ log, how: decidersOf([agent.card]), agents: [agent] });
  onTestFinished(() => rig.stop());
  await rig.start();
  const budget = { money: 1, tokens: 0, calls: 10, agentSeconds: 600 };
  const request = { kind: skillKind('restart'), by: 'ann', pattern: 'solo', risk: 'medium', budget } as const;
  await startRun(log, systemClock, aRequest('r', request));
  await until('approval is asked', async () => {
    const run = await runOf(log, 'r');
    return factOf(run, 'run-ended') !== undefined || factOf(run, 'approval-requested', 'restart') !== undefined;
  });
  const asked = factOf(await runOf(log, 'r'), 'approval-requested', 'restart')?.fact;
  const sessions = createSessions(log, systemClock);
  const answer = { org: 'acme', step: 'restart', decision: 'grant', why: 'it hangs' } as const;
  const argumentsHash = asked?.argumentsHash ?? '';
  await expect(sessions.approve('r', { ...answer, by: 'bob', argumentsHash: 'f'.repeat(32) })).rejects.toMatchObject({
    code: 'version-conflict',
  });
  for (const by of ['ann', 'bob']) await sessions.approve('r', { ...answer, by, argumentsHash });
  await until('both are read', () => rig.conductor.get('r')?.facts.has('approval-granted restart bob') === true);
  expect(factOf(await runOf(log, 'r'), 'step-scheduled', 'restart', 1)).toBeUndefined();
  await sessions.approve('r', { ...answer, by: 'cid', argumentsHash });
  expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
});

test('whoever asked for a run is none of the four eyes in the runs under it either', () => {
  const approval = { fourEyes: true, expiresMs: 86_400_000, otherwise: 'fail' } as const;
  const above = aPlan([aStep('a', [], { child: { depth: 1 } })]);
  let run = noRun;
  const say = (...facts: Fact[]) => (run = fold(run, { at: 0, facts }, run.sequence + 1));
  const begin = (request: RunRequest, plan: Plan) => {
    run = noRun;
    say({ fact: 'requested', request }, { fact: 'admitted' });
    say({ fact: 'context-attached', context: {}, missing: null }, { fact: 'plan-decided', plan });
    say(...decide(run, aDecider(plan)));
  };
  begin(aRequest('r', { by: 'ann' }), above);
  const [child] = childrenOf(run);
  if (!child) throw new Error('it has no run under it');
  const below = aPlan([aStep('b', [], { approval })]);
  begin(child.request, below);
  const argumentsHash = factOf(run, 'approval-requested', 'b')?.fact.argumentsHash ?? '';
  for (const by of ['ann', 'bob']) say({ fact: 'approval-granted', step: 'b', argumentsHash, by, why: 'fine' });
  expect(decide(run, aDecider(below))).toEqual([]);
  say({ fact: 'approval-granted', step: 'b', argumentsHash, by: 'cid', why: 'fine' });
  expect(decide(run, aDecider(below))).toMatchObject([{ fact: 'step-scheduled', step: 'b' }]);
});
