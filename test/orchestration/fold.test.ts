import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, deadlines, faultOf } from '../../src/orchestration/decide.ts';
import type { Fact } from '../../src/orchestration/facts.ts';
import { factOf, factsOf, fold, noRun, sequenceOf } from '../../src/orchestration/fold.ts';
import { inPattern, usualSettings } from '../../src/orchestration/patterns.ts';
import { patterns, strategyNames, type Plan, type PlanStep } from '../../src/orchestration/run.ts';
import { isOver, viewsOf } from '../../src/orchestration/steps.ts';
import { depthsOf } from '../../src/orchestration/complexity.ts';
import { workOf } from '../../src/orchestration/work.ts';
import { aDecider, aPlan, aReport, aRequest, aStep, firstOf, oneCall, quick } from './support/reference.ts';
import { play } from './support/play.ts';

/** Any directed graph without cycles: a step needs some of those before it. */
const anySteps: fc.Arbitrary<readonly PlanStep[]> = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(11), { maxLength: 3 }),
      undo: fc.boolean(),
      fallback: fc.constantFrom('none', 'none', 'degraded', 'optional'),
      expectedMs: fc.integer({ min: 1, max: 100 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn) =>
    drawn.map(({ needs, undo, fallback, expectedMs }, index) =>
      aStep(`s${index}`, [...new Set(needs.filter((need) => need < index).map((need) => `s${need}`))], {
        expectedMs,
        ...(undo ? { undo: 'takeBack' } : {}),
        ...(fallback === 'degraded' ? { degraded: {} } : {}),
        ...(fallback === 'optional' ? { optional: true } : {}),
      }),
    ),
  );

/** In any strategy and any pattern; where the pattern makes too many steps of it, of its first steps. */
const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    steps: anySteps,
    strategy: fc.constantFrom(...strategyNames),
    parallel: fc.integer({ min: 1, max: 4 }),
    pattern: fc.constantFrom(...patterns),
    settings: fc.record({
      sendBacksMax: fc.nat(2),
      peers: fc.integer({ min: 1, max: 3 }),
      rounds: fc.integer({ min: 1, max: 2 }),
    }),
  })
  .map(({ steps, pattern, settings, ...more }) => {
    const of = steps.slice(0, pattern === 'solo' ? steps.length : 2).map(({ id }) => id);
    const plan = aPlan(steps, { ...more, conflict: 'better-evidenced-stands' });
    return inPattern(plan, pattern, { ...usualSettings, ...settings }, of);
  });

/** What becomes of an attempt, and which of those under way ends next: drawn from one list of numbers. */
const anyChance = fc.array(fc.nat(99), { minLength: 1, maxLength: 200 });

describe('whatever the plan, the strategy, and what fails', () => {
  test('no step starts before all it needs is over', () => {
    fc.assert(
      fc.property(anyPlan, anyChance, (plan, chance) => {
        play(plan, chance, aDecider(plan), (run) => {
          const views = viewsOf(run);
          const over = new Set(views.filter(isOver).map(({ step }) => step.id));
          for (const { step, attempts } of views) {
            if (attempts.length > 0) expect(step.needs.filter((need) => !over.has(need))).toEqual([]);
          }
        });
      }),
    );
  });

  test('the run ends, and says how', () => {
    fc.assert(
      fc.property(anyPlan, anyChance, (plan, chance) => {
        const { run } = play(plan, chance, aDecider(plan));
        expect(factOf(run, 'run-ended')?.fact.outcome).toMatch(/^(completed|undone|failed)$/);
        expect(decide(run, aDecider(plan))).toEqual([]);
        expect(deadlines(run)).toEqual([]);
        expect(workOf(run)).toEqual([]);
      }),
    );
  });

  test('facts fold to the same run in any order, and however often', () => {
    const anyOrder = fc.tuple(anyPlan, anyChance, fc.array(fc.nat(10_000), { minLength: 1, maxLength: 300 }));
    fc.assert(
      fc.property(anyOrder, ([plan, chance, keys]) => {
        const { run, entries } = play(plan, chance, aDecider(plan));
        const twice = [...entries, ...entries.filter((_, index) => index % 3 === 0)];
        const shuffled = twice
          .map((entry, index) => ({ entry, key: keys[index % keys.length] ?? 0 }))
          .toSorted((a, b) => a.key - b.key);
        const again = shuffled.reduce((run, { entry: [entry, sequence] }) => fold(run, entry, sequence), noRun);
        expect(again).toEqual(run);
        expect(viewsOf(again)).toEqual(viewsOf(run));
      }),
    );
  });

  test('what is reserved and spent is never more than the budget', () => {
    const money = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(anyPlan, anyChance, money, (plan, chance, cents) => {
        const budget = { ...plan.budget, money: cents / 100 };
        const tight = { ...plan, budget };
        play(tight, chance, aDecider(tight), (run) => {
          const costs = factsOf(run, 'step-scheduled')
            .filter(({ fact }) => !fact.step.startsWith('undo/'))
            .map(({ fact: { step, attempt, reserve } }) => {
              const ended = [factOf(run, 'step-failed', step, attempt), factOf(run, 'step-finished', step)];
              const spent = ended.find((held) => held?.fact.attempt === attempt)?.fact.spent ?? reserve;
              return Math.min(spent.money, reserve.money);
            });
          expect(costs.reduce((sum, cost) => sum + cost, 0)).toBeLessThanOrEqual(budget.money + 1e-9);
        });
      }),
    );
  });

  test('a run that failed has taken back what it could, the last first', () => {
    fc.assert(
      fc.property(anyPlan, anyChance, (plan, chance) => {
        const { run } = play(plan, chance, aDecider(plan));
        // People take their time: what is left does not wait for them.
        if (factsOf(run, 'person-asked').length > 0) return;
        if (factOf(run, 'run-ended')?.fact.outcome !== 'undone') return;
        const undoable = new Set(plan.steps.filter(({ undo }) => undo !== undefined).map(({ id }) => id));
        const ended = factsOf(run, 'step-finished').map(({ fact }) => fact.step);
        const done = ended.filter((step) => undoable.has(step));
        const undone = ended.filter((step) => step.startsWith('undo/')).map((step) => step.slice(5));
        expect(undone.filter((step) => done.includes(step))).toEqual(done.toReversed());
      }),
    );
  });

  test('no step is tried again once it is finished, and a retry keeps to the run’s limit', () => {
    fc.assert(
      fc.property(anyPlan, anyChance, (plan, chance) => {
        const { run } = play(plan, chance, aDecider(plan));
        for (const {
          fact: { step },
          place,
        } of factsOf(run, 'step-finished')) {
          const later = factsOf(run, 'step-scheduled').filter((held) => held.fact.step === step && held.place > place);
          expect(later).toEqual([]);
        }
        const again = factsOf(run, 'step-scheduled').filter(
          ({ fact }) => fact.attempt > 1 && !fact.step.startsWith('undo/'),
        );
        expect(again.length).toBeLessThanOrEqual(quick.retries);
      }),
    );
  });
});

describe('a strategy', () => {
  /** The most steps under way at once, where all succeed. */
  function widest(plan: Plan): number {
    let most = 0;
    play(plan, [0, 0, 1, 0, 2, 0], aDecider(plan), (run) => {
      most = Math.max(most, viewsOf(run).filter(({ status }) => status === 'under-way').length);
    });
    return most;
  }
  const six = Array.from({ length: 6 }, (_, index) => aStep(`s${index}`));

  test('sequential has one step under way, parallel as many as the plan allows', () => {
    expect(widest(aPlan(six, { strategy: 'sequential' }))).toBe(1);
    expect(widest(aPlan(six, { strategy: 'parallel', parallel: 3 }))).toBe(3);
    expect(widest(aPlan(six, { strategy: 'parallel', parallel: 10 }))).toBe(6);
  });

  test('pipeline has one item in each stage', () => {
    fc.assert(
      fc.property(anyPlan, anyChance, (drawn, chance) => {
        const plan: Plan = { ...drawn, strategy: 'pipeline' };
        const stageOf = depthsOf(plan.steps);
        play(plan, chance, aDecider(plan), (run) => {
          const stages = viewsOf(run)
            .filter(({ status }) => status === 'under-way')
            .map(({ step }) => stageOf.get(step.id));
          expect(new Set(stages).size).toBe(stages.length);
        });
      }),
    );
  });

  test('starts the step with the longest way to the end first', () => {
    const steps = [
      aStep('short'),
      aStep('long', [], { expectedMs: 50 }),
      aStep('head'),
      aStep('tail', ['head'], { expectedMs: 90 }),
    ];
    const plan = aPlan(steps, { strategy: 'sequential' });
    const { run } = play(plan, [0], aDecider(plan));
    expect(factsOf(run, 'step-scheduled').map(({ fact }) => fact.step)).toEqual(['head', 'tail', 'long', 'short']);
  });

  test('adaptive goes one by one once attempts fail, and records why', () => {
    const plan = aPlan(six, { strategy: 'adaptive', parallel: 3 });
    const { run } = play(plan, [70, 0, 70, 0, 70], aDecider(plan));
    const switches = factsOf(run, 'adapted').map(({ fact }) => `${fact.strategy}: ${fact.why}`);
    expect(switches[0]).toBe('parallel: nothing speaks against all at once');
    expect(switches[1]).toMatch(/^sequential: \d+ of \d+ attempts failed$/);
  });
});

describe('a late report', () => {
  test('of an attempt that counted as timed out ends the step, and the other attempt’s is ignored', () => {
    const plan = aPlan([aStep('a')]);
    let run = noRun;
    const say = (sequence: number, ...facts: Fact[]) => (run = fold(run, { at: sequence, facts }, sequence));
    say(1, { fact: 'requested', request: aRequest('r') }, { fact: 'admitted' });
    say(2, { fact: 'context-attached', context: {}, missing: null }, { fact: 'plan-decided', plan });
    say(3, ...decide(run, aDecider(plan)));
    say(4, { fact: 'timer', name: 'attempt a 1' });
    say(5, ...decide(run, aDecider(plan)));
    const ending = { step: 'a', worker: 'w', tookMs: 1, spent: oneCall };
    say(6, { fact: 'step-finished', ...ending, attempt: 1, report: aReport({ from: 1 }) });
    say(7, { fact: 'step-finished', ...ending, attempt: 2, report: aReport({ from: 2 }) });
    expect(viewsOf(run)[0]?.output).toEqual({ from: 1 });
    const finished = factOf(run, 'step-finished', 'a');
    expect(finished && sequenceOf(finished)).toBe(6);
    expect(decide(run, aDecider(plan)).at(-1)).toMatchObject({ outcome: 'completed' });
  });
});

test('nobody to do a step is waited for, and then it counts as failed', () => {
  const plan = aPlan([aStep('a')]);
  const { run } = play(plan, [0], { ...aDecider(plan), select: firstOf([]) });
  expect(factsOf(run, 'step-unassigned')).toHaveLength(quick.unassigned);
  expect(factOf(run, 'run-ended')?.fact.why).toBe('a: nobody was found for work');
});

test('a plan is refused that names a step twice, one that is not there, or too many', () => {
  expect(faultOf(aPlan([aStep('a'), aStep('a')]))).toBe('two steps have one id');
  expect(faultOf(aPlan([aStep('a', ['b'])]))).toBe('there is no step b');
  expect(faultOf(aPlan(Array.from({ length: 65 }, (_, index) => aStep(`s${index}`))))).toContain('more than 64');
  expect(faultOf(aPlan())).toBeUndefined();
});
