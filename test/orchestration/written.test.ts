import { describe, expect, test } from 'vitest';
import type { AgentCard } from '../../src/core/agent.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { taskOf } from '../../src/orchestration/steps.ts';
import { decide } from '../../src/orchestration/decide.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf, fold, noRun } from '../../src/orchestration/fold.ts';
import type { Deciders, Plan, Run } from '../../src/orchestration/run.ts';
import { withWriter } from '../../src/orchestration/written.ts';
import { aCard, aSkill, free, plenty } from './a-card.ts';
import { aDecider, aPlan, aReport, aRequest, aStep, oneCall } from './support/reference.ts';

const cost = { money: 1, tokens: 1_000, calls: 2, agentSeconds: 60 };
const writer: AgentCard = {
  name: 'writer',
  version: 1,
  description: 'Says it.',
  skills: [{ id: 'phrase', description: 'Says it.', input: ['reports'], output: [], cost, sideEffects: 'none' }],
  limits: { concurrent: 1, timeoutMs: 1_000 },
};
const found = ['first', 'second', 'third'].map((title) => ({ entity: 'account:a', title }));
/** Tells which steps it was shown, as the real one does by what they found. */
const how: Deciders = {
  ...aDecider(aPlan([aStep('a'), aStep('b', ['a'])])),
  synthesise: (run) => ({
    findings: found,
    steps: factOf(run, 'plan-decided')?.fact.plan.steps.map(({ id }) => id) ?? [],
  }),
};
const writing = withWriter(how, writer, []);
const planFor = (request = aRequest('r'), deciders = writing): Plan => {
  const plan = deciders.plan(request, {});
  if ('impossible' in plan) throw new Error(plan.impossible);
  return plan;
};

/** A run whose steps have all ended, the last with this output; none: it was skipped. */
function ended(output: JsonObject | undefined): Run {
  const done = (step: string, given: JsonObject): Fact => ({
    fact: 'step-finished',
    step,
    attempt: 1,
    worker: 'w',
    tookMs: 1,
    spent: oneCall,
    report: aReport(given),
  });
  const facts: readonly Fact[] = [
    { fact: 'requested', request: aRequest('r') },
    { fact: 'admitted' },
    { fact: 'context-attached', context: {}, missing: null },
    { fact: 'plan-decided', plan: planFor() },
    done('a', {}),
    done('b', {}),
    output ? done('in-prose', output) : { fact: 'step-skipped', step: 'in-prose', why: 'the budget is used up' },
  ];
  return fold(noRun, { at: 1, facts: [...facts] }, 1);
}

const resultOf = (run: Run): JsonObject | undefined =>
  decide(run, writing).flatMap((fact) => (fact.fact === 'result-synthesised' ? [fact.result] : []))[0];

describe('a run that is said in prose', () => {
  test('ends with a step more, which is shown what all others found, and pays for itself', () => {
    const [plain, plan] = [planFor(undefined, how), planFor()];
    expect(plan.steps.slice(0, -1)).toEqual(plain.steps);
    expect(plan.steps.at(-1)).toMatchObject({ skill: 'phrase', needs: ['a', 'b'], optional: true });
    expect(plan.budget.money).toBe(plain.budget.money + 1);
    const last = plan.steps.at(-1);
    const task = last && taskOf(ended(undefined), last);
    expect(task?.input['reports']).toMatchObject([{ step: 'a' }, { step: 'b' }]);
  });

  test('costs no more than was allowed, where somebody said what it may cost', () => {
    const dear = aCard('dear', [aSkill('dear', { cost: { ...free, money: 2 } })]);
    const planWithin = (money: number): Plan => {
      const budget = { ...plenty, money };
      const plan = aPlan([aStep('a', [], { skill: 'dear' })], { budget });
      return planFor(aRequest('r', { budget }), withWriter(aDecider(plan), writer, [dear]));
    };
    expect(planWithin(3)).toMatchObject({ budget: { ...plenty, money: 3 }, steps: [{ id: 'a' }, { id: 'in-prose' }] });
    expect(planWithin(2.5)).toMatchObject({ budget: { ...plenty, money: 2.5 }, steps: [{ id: 'a' }] });
  });

  test('is none under another run: that one tells of it', () => {
    const request = aRequest('r', { parent: { run: 'p', depth: 1 } });
    expect(planFor(request)).toEqual(planFor(request, how));
  });

  test('has the result it would have without, and the prose beside it', () => {
    const output = { prose: 'All is well.', provider: 'local', calls: [] };
    expect(resultOf(ended(output))).toEqual({
      findings: found,
      steps: ['a', 'b'],
      prose: { text: 'All is well.', provider: 'local' },
    });
    expect(resultOf(ended(undefined))).toEqual({ findings: found, steps: ['a', 'b'], prose: null });
    expect(resultOf(ended({ calls: [] }))).toMatchObject({ prose: null });
  });

  test('has its findings in the order that was recorded, those it does not name after it', () => {
    const order = [
      { entity: 'account:a', title: 'third' },
      { entity: 'account:a', title: 'made up' },
      { entity: 'account:a', title: 'second' },
    ];
    const titles = ['third', 'second', 'first'];
    expect(resultOf(ended({ order }))).toMatchObject({ findings: titles.map((title) => ({ title })) });
  });
});
