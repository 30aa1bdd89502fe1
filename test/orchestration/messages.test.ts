import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { Agent } from '../../src/orchestration/agent.ts';
import { factOf, factsOf } from '../../src/orchestration/fold.ts';
import { startRun, tellRun } from '../../src/orchestration/start.ts';
import { createMemoryLog } from '../support/memory-log.ts';
import { until } from '../support/until.ts';
import { aDecider, anAgent, aPlan, aReport, aRequest, aStep } from './support/reference.ts';
import { createRig, untilEnded } from './support/rig.ts';
import { started, twoSteps } from './support/people.ts';
import { outcomeOf } from './support/rigged.ts';

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
      handOff: true,
      to: 'second',
      detail: 'it hands it to second: it is about money',
    });
  });

  test('whose agent one daemon has not is left to another that has it: nobody failed', async () => {
    const log = createMemoryLog(systemClock);
    const how = aDecider(aPlan([aStep('a')]));
    const left: string[] = [];
    const without = createRig({ log, how, agents: [], name: 'without', leftFirstMs: 20, onLeft: (a) => left.push(a) });
    onTestFinished(() => without.stop());
    await without.start();
    await startRun(log, systemClock, aRequest('r'));
    await until('it is left', async () => left.length > 0);
    const having = createRig({ log, how, agents: [anAgent('first', () => ({}))], name: 'having' });
    onTestFinished(() => having.stop());
    await having.start();
    await without.stop();
    const run = await untilEnded(log, 'r');
    expect(factOf(run, 'step-finished', 'a')?.fact.worker).toBe('having');
    expect(factsOf(run, 'step-failed')).toEqual([]);
    expect(new Set(left)).toEqual(new Set(['first']));
  });

  test('whose agent no daemon has goes to another agent, and the first is not held to be ill for it', async () => {
    const log = createMemoryLog(systemClock);
    const how = aDecider(aPlan([aStep('a')]));
    const rig = createRig({ log, how, agents: [anAgent('second', () => ({}))], leftFirstMs: 1 });
    onTestFinished(() => rig.stop());
    await rig.start();
    await startRun(log, systemClock, aRequest('r'));
    const run = await untilEnded(log, 'r');
    expect(factsOf(run, 'step-failed').map(({ fact: { fault, detail } }) => [fault, detail])).toEqual([
      ['unfit', 'no daemon that took it has the agent first'],
    ]);
    expect(factOf(run, 'step-scheduled', 'a', 2)?.fact.agent).toBe('second');
    expect(outcomeOf(run)).toBe('completed');
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
