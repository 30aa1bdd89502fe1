import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { AgentFault } from '../../src/orchestration/fault.ts';
import { childrenOf, skillKind } from '../../src/orchestration/children.ts';
import { deadlines, decide } from '../../src/orchestration/decide.ts';
import { decidersOf } from '../../src/orchestration/deciders.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf, factsOf, fold, noRun } from '../../src/orchestration/fold.ts';
import type { Plan, Run, RunRequest } from '../../src/orchestration/run.ts';
import { createSessions } from '../../src/orchestration/sessions.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { viewsOf } from '../../src/orchestration/steps.ts';
import { createMemoryLog, type MemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aReport, aRequest, aStep, fiveSteps, quick } from './support/reference.ts';
import { createRig, runOf, untilEnded } from './support/rig.ts';

const waiting = { ...quick, personMs: 60_000 };

async function started(
  plan: Plan,
  agents: readonly Agent[],
  request: Partial<RunRequest> = { limits: waiting },
  options: { readonly inFlightPerOrg?: number } = {},
): Promise<MemoryLog> {
  const log = createMemoryLog(systemClock);
  const names = agents.map(({ card }) => card.name);
  const rig = createRig({ log, how: aDecider(plan, names), agents, ...options });
  onTestFinished(() => rig.stop());
  await rig.start();
  await startRun(log, systemClock, aRequest('r', request));
  return log;
}

const asked = (log: MemoryLog, step: string) =>
  until(
    `a person is asked to do ${step}`,
    async () => factOf(await runOf(log, 'r'), 'person-asked', step) !== undefined,
  );
const outcomeOf = (run: Run) => factOf(run, 'run-ended')?.fact.outcome;
const refusing = anAgent('first', (key) => {
  if (key === 'r/b') throw new AgentFault('refused', 'not allowed to');
  return { got: key };
});
const twoSteps = aPlan([aStep('a'), aStep('b', ['a']), aStep('c', ['b'])]);

describe('where no agent can do a step', () => {
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

describe('a message', () => {
  const telling = (
    name: string,
    does: (key: string) => readonly { to: string; text: string }[],
    seen: JsonObject[],
  ): Agent => ({
    ...anAgent(name, () => ({})),
    async *run(task) {
      seen.push({ key: task.key, messages: task.input['messages'] ?? [] });
      for (const message of does(task.key)) yield { says: 'message', ...message };
      yield { says: 'report', report: aReport({}) };
    },
  });

  test('of an agent reaches the steps after it that it is for, and stays with the run', async () => {
    const seen: JsonObject[] = [];
    const messages = [
      { to: 'c', text: 'for c' },
      { to: '*', text: 'for all' },
      { to: 'first', text: 'for the agent' },
      { to: 'second', text: 'for another' },
    ];
    const log = await started(twoSteps, [telling('first', (key) => (key === 'r/a' ? messages : []), seen)]);
    const run = await untilEnded(log, 'r');
    expect(outcomeOf(run)).toBe('completed');
    const texts = seen.map(({ messages }) => JSON.stringify(messages));
    expect(texts[0]).toBe('[]');
    expect(texts[1]).not.toContain('for c');
    expect(texts[1]).toContain('for all');
    expect(texts[2]).toContain('for c');
    expect(texts[2]).toContain('for the agent');
    expect(texts[2]).not.toContain('for another');
    expect(factsOf(run, 'message-sent').map(({ fact: { from, to, text } }) => ({ from, to, text }))).toEqual(
      messages.map((message) => ({ from: 'first', ...message })),
    );
  });

  test('that comes while a step is tried changes nothing of it: each attempt is the same task', async () => {
    const inputs: JsonObject[] = [];
    let tries = 0;
    const agent = anAgent('first', async (key, input) => {
      inputs.push(input);
      tries += 1;
      if (tries > 1) return {};
      const message = { id: 'm', from: 'person:ann', to: '*', text: 'hurry' };
      await tellRun(log, systemClock, 'acme', 'r', { fact: 'message-sent', ...message });
      throw new Error(`for now ${key}`);
    });
    const log = await started(aPlan([aStep('a'), aStep('b', ['a'])]), [agent]);
    expect(outcomeOf(await untilEnded(log, 'r'))).toBe('completed');
    expect(inputs[1]).toEqual(inputs[0]);
    expect(inputs[2]?.['messages']).toEqual([{ from: 'person:ann', to: '*', text: 'hurry' }]);
  });

  test('too many of which an agent sends, it is at fault', async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ to: '*', text: String(index) }));
    const plan = aPlan([aStep('a', [], { optional: true })]);
    const log = await started(plan, [telling('first', () => many, [])]);
    const run = await untilEnded(log, 'r');
    expect(factsOf(run, 'message-sent')).toHaveLength(16);
    expect(factsOf(run, 'step-failed')[0]?.fact.fault).toBe('invalid');
  });
});

describe('an agent', () => {
  test('may hand its step to another, who does it', async () => {
    const handing: Agent = {
      ...anAgent('first', () => ({})),
      async *run() {
        yield { says: 'hand-off', to: 'second', why: 'it is about money' };
      },
    };
    const log = await started(aPlan([aStep('a')]), [handing, anAgent('second', () => ({ by: 'second' }))]);
    const run = await untilEnded(log, 'r');
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.agent)).toEqual(['first', 'second']);
    expect(factsOf(run, 'step-failed')[0]?.fact).toMatchObject({
      fault: 'unfit',
      to: 'second',
      detail: 'it hands it to second: it is about money',
    });
  });

  test('whose daemon stopped in the middle is replaced, and that is recorded', async () => {
    const log = createMemoryLog(systemClock);
    let reached: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (reached = resolve));
    const how = aDecider(aPlan([aStep('a')]));
    const hanging = anAgent('first', () => {
      reached();
      return new Promise<JsonObject>(() => undefined);
    });
    const dying = createRig({ log, how, agents: [hanging], name: 'dying' });
    await dying.start();
    await startRun(log, systemClock, aRequest('r'));
    await begun;
    await dying.stop();
    const rig = createRig({ log, how, agents: [anAgent('first', () => ({}))], name: 'next' });
    onTestFinished(() => rig.stop());
    await rig.start();
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'step-started', 'a', 1)?.fact.worker).toBe('dying');
    expect(factsOf(run, 'step-reassigned').map(({ fact }) => fact.worker)).toEqual(['next']);
    expect(outcomeOf(run)).toBe('completed');
  });
});
