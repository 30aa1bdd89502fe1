import { describe, expect, test } from 'vitest';
import type { AgentReport, SubTask } from '../../src/core/agent.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { createAnswers, type Answers } from '../../src/orchestration/answers.ts';
import { factOf } from '../../src/orchestration/fold.ts';
import { startRun } from '../../src/orchestration/start.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { aCard, aSkill } from './a-card.ts';
import { aDecider, aPlan, aReport, aRequest, aStep } from './support/reference.ts';
import { createRig, untilEnded } from './support/rig.ts';

const minute = 60_000;
const card = aCard('first', [
  aSkill('fresh', { freshMs: 10 * minute, input: ['region'] }),
  aSkill('anew'),
  aSkill('changes', { freshMs: 10 * minute, sideEffects: 'reversible' }),
]);
const at = (minutes: number) => new Date(Date.UTC(2026, 2, 2, 9, minutes)).toISOString();
const aTask = (key: string, more: Partial<SubTask> = {}): SubTask => ({
  key,
  org: 'acme',
  entity: 'account:brightloom',
  skill: 'fresh',
  goal: 'look',
  asOf: at(0),
  input: { region: 'north', context: { alert: key } },
  ...more,
});

/** Whether a task is asked, after another that was answered. */
async function isAsked(task: SubTask, report: AgentReport = aReport({ by: 'one' })): Promise<boolean> {
  const answers = createAnswers(() => 0);
  await answers.of(card, aTask('one', { skill: task.skill }), async () => report);
  let asked = false;
  const ask = async () => {
    asked = true;
    return aReport({ by: 'two' });
  };
  const answer = await answers.of(card, task, ask);
  expect(answer.report.output).toEqual({ by: asked ? 'two' : 'one' });
  expect(answer.reused?.of).toBe(asked ? undefined : 'one');
  return asked;
}

describe('what was answered', () => {
  test('is the answer to whoever asks the same within its freshness, whatever set it off', async () => {
    expect(await isAsked(aTask('two'))).toBe(false);
    expect(await isAsked(aTask('two', { asOf: at(10) }))).toBe(false);
  });

  test('is none to who asks later than that, or as of before it', async () => {
    expect(await isAsked(aTask('two', { asOf: at(11) }))).toBe(true);
    expect(await isAsked(aTask('two', { asOf: new Date(Date.parse(at(0)) - 1).toISOString() }))).toBe(true);
  });

  test('is none to another organisation, about somebody else, or with another input', async () => {
    expect(await isAsked(aTask('two', { org: 'other' }))).toBe(true);
    expect(await isAsked(aTask('two', { entity: 'account:other' }))).toBe(true);
    expect(await isAsked(aTask('two', { input: { region: 'south' } }))).toBe(true);
  });

  test('is none where the skill declares no freshness, changes something outside, or answered by a lesser way', async () => {
    expect(await isAsked(aTask('two', { skill: 'anew' }))).toBe(true);
    expect(await isAsked(aTask('two', { skill: 'changes' }))).toBe(true);
    expect(await isAsked(aTask('two'), { ...aReport({ by: 'one' }), degraded: true })).toBe(true);
  });
});

describe('what is being asked', () => {
  async function both(answers: Answers, first: Promise<AgentReport>) {
    const one = answers.of(card, aTask('one'), () => first);
    const two = answers.of(card, aTask('two'), async () => aReport({ by: 'two' }));
    return Promise.allSettled([one, two]);
  }

  test('is asked once, and says whose answer it is and what that took', async () => {
    let now = 0;
    const answers = createAnswers(() => (now += 40));
    const [, two] = await both(answers, Promise.resolve(aReport({ by: 'one' })));
    expect(two).toMatchObject({
      value: { report: { output: { by: 'one' } }, reused: { of: 'one', how: 'shared', savedMs: 40 } },
    });
  });

  test('and fails, is asked again by whoever waited for it', async () => {
    const [one, two] = await both(
      createAnswers(() => 0),
      Promise.reject(new Error('it was stopped')),
    );
    expect(one).toMatchObject({ status: 'rejected' });
    expect(two).toMatchObject({ value: { report: { output: { by: 'two' } }, reused: undefined } });
  });
});

test('an agent that heeds nothing keeps nobody waiting but the task that it was given', async () => {
  const log = createMemoryLog(systemClock);
  const never = new Promise<never>(() => undefined);
  let asked = 0;
  const agent: Agent = {
    card: aCard('first', [aSkill('work', { freshMs: 10 * minute })]),
    async *run() {
      asked += 1;
      if (asked === 1) await never;
      yield { says: 'report', report: aReport() };
    },
  };
  const rig = createRig({ log, how: aDecider(aPlan([aStep('a', [], { timeoutMs: 30 })])), agents: [agent] });
  await rig.start();
  await startRun(log, systemClock, aRequest('r'));
  const run = await untilEnded(log, 'r');
  await rig.stop();
  expect(factOf(run, 'step-failed', 'a', 1)?.fact.fault).toBe('timed-out');
  expect(factOf(run, 'run-ended')?.fact.outcome).toBe('completed');
  expect(asked).toBe(2);
});

test('two runs that ask the same ask once; the facts of the second say whose answer it has, and that it cost nothing', async () => {
  const log = createMemoryLog(systemClock);
  const asked: string[] = [];
  const agent: Agent = {
    card: aCard('first', [aSkill('work', { freshMs: 10 * minute })]),
    async *run({ key }) {
      asked.push(key);
      yield { says: 'report', report: aReport() };
    },
  };
  const rig = createRig({ log, how: aDecider(aPlan([aStep('a')])), agents: [agent] });
  await rig.start();
  for (const id of ['r1', 'r2']) {
    await startRun(log, systemClock, aRequest(id));
    await untilEnded(log, id);
  }
  await rig.stop();
  expect(asked).toEqual(['r1/a']);
  const finished = factOf(await untilEnded(log, 'r2'), 'step-finished', 'a')?.fact;
  expect(finished).toMatchObject({ reused: { of: 'r1/a', how: 'kept' }, spent: { calls: 0, agentSeconds: 0 } });
});
