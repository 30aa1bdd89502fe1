import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createPurse } from '../../src/providers/budget.ts';
import { phrase } from '../../src/providers/phrase.ts';
import { propose } from '../../src/providers/propose.ts';
import { rank } from '../../src/providers/rank.ts';
import { createRandom } from '../../src/simulate/random.ts';
import { type Behaviour } from './support/openai-server.ts';
import { aClock, aQuestion } from './support/scripted.ts';
import { answering, configured, findings, good, invented, plenty } from './support/configured.ts';

const options = (purse = createPurse(plenty)) => ({ signal: new AbortController().signal, purse });

describe('findings are phrased', () => {
  test('by a model that keeps to them', async () => {
    const { models, servers } = await configured({ a: answering(good) });
    expect(await phrase(models, findings, options())).toEqual({
      kind: 'prose',
      text: good,
      provider: 'a',
      calls: [
        {
          provider: 'a',
          task: 'phrase',
          outcome: 'answered',
          detail: '',
          latencyMs: expect.any(Number),
          tokens: 30,
          money: 0.00004,
        },
      ],
    });
    // What was asked of ClickHouse is nobody's business outside.
    expect(JSON.stringify(servers['a']?.requests)).not.toContain('SELECT');
  });

  test('by the next one, where one makes up a number; what it said is not told', async () => {
    const { models, heard } = await configured({ a: answering(invented), b: answering(good) });
    expect(await phrase(models, findings, options())).toMatchObject({ kind: 'prose', provider: 'b' });
    expect(heard.calls[0]).toMatchObject({ outcome: 'rejected', detail: 'a number that is not in the findings' });
  });

  test('by the next one, where one is ill in any way', async () => {
    const ill: readonly Behaviour[] = [
      { does: 'status', status: 503 },
      { does: 'status', status: 429, headers: { 'retry-after': '30' } },
      { does: 'half', text: 'Brightloom pa', cut: true },
      { does: 'garbage' },
      { does: 'reset' },
    ];
    for (const behaviour of ill) {
      const { models } = await configured({ a: () => behaviour, b: answering(good) });
      expect(await phrase(models, findings, options())).toMatchObject({ kind: 'prose', provider: 'b' });
    }
  });

  test('by none, where none keeps to them', async () => {
    const { models } = await configured({ a: answering(invented) });
    expect(await phrase(models, findings, options())).toMatchObject({
      kind: 'refused',
      why: expect.stringContaining('a: rejected'),
    });
  });

  test('not beyond the budget, and the fallback is reserved anew', async () => {
    const { models, servers } = await configured({ a: answering(invented), b: answering(good) });
    const once = createPurse({ ...plenty, calls: 1 });
    expect(await phrase(models, findings, options(once))).toMatchObject({
      kind: 'refused',
      why: expect.stringMatching(/^budget/),
    });
    expect(servers['b']?.requests).toHaveLength(0);
  });
});

describe('a model ranks and plans, and cannot break anything by it', () => {
  test('an order is one of what was given, each once', async () => {
    const { models } = await configured({ a: answering('{"order":[1,1]}'), b: answering('{"order":[1,0]}') });
    expect(await rank(models, 'keep customers', ['one', 'two'], options())).toMatchObject({
      value: [1, 0],
      provider: 'b',
    });
  });

  test('what does not fit the schema is a fault of the answer, not of the provider', async () => {
    const { models } = await configured({ a: answering('{"sequence":[1,0]}'), b: answering('Two, then one.') });
    const answer = await rank(models, 'keep customers', ['one', 'two'], options());
    expect(answer.attempts.map(({ fault }) => fault.kind)).toEqual(['wrong-schema', 'wrong-schema']);
    expect(models.state().providers['a']?.breaker.faults).toBe(0);
  });

  test('a plan is taken only if its validator takes it', async () => {
    const plan = z.object({ steps: z.array(z.string()) });
    const { models } = await configured({ a: answering('{"steps":["launder"]}'), b: answering('{"steps":["churn"]}') });
    const means = [{ id: 'churn', description: 'Who will leave.', input: [], output: ['churn'] }];
    const validate = ({ steps }: z.output<typeof plan>) =>
      steps.every((step) => means.some(({ id }) => id === step))
        ? ({ kind: 'read', value: steps } as const)
        : ({ kind: 'rejected', detail: 'a capability is missing' } as const);
    const answer = await propose(models, { goal: 'keep customers', means, schema: plan, validate }, options());
    expect(answer).toMatchObject({ value: ['churn'], provider: 'b', attempts: [{ fault: { kind: 'rejected' } }] });
  });
});

test('three servers, each ill for 10 % of the questions, answer at least 99.5 % of them, through the SDK', async () => {
  const random = createRandom('three servers');
  const clock = aClock();
  const illnesses: readonly Behaviour[] = [
    { does: 'status', status: 503 },
    { does: 'status', status: 429, headers: { 'retry-after': '1' } },
    { does: 'half', text: 'Ye', cut: true },
    { does: 'half', text: 'Ye', cut: false },
    { does: 'garbage' },
    { does: 'reset' },
  ];
  const well = new Map<string, boolean>();
  const behaviour = (name: string) => {
    const own = random.fork(name);
    return (): Behaviour => (well.get(name) === true ? { does: 'answer', text: 'Yes.' } : own.pick(illnesses));
  };
  const { models } = await configured({ a: behaviour('a'), b: behaviour('b'), c: behaviour('c') }, clock);
  const questions = 1_000;
  let answered = 0;
  for (let asked = 0; asked < questions; asked += 1) {
    clock.move(2_000);
    for (const name of ['a', 'b', 'c']) well.set(name, !random.chance(0.1));
    const answer = await models.ask(aQuestion(), options());
    if (answer.kind === 'answered') answered += 1;
  }
  console.log(`answered ${((100 * answered) / questions).toFixed(2)} % of ${questions} through the SDK`);
  expect(answered / questions).toBeGreaterThanOrEqual(0.995);
});
