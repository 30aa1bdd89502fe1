import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertKinds } from '../../src/core/alert.ts';
import { kinds } from '../../src/orchestration/kinds.ts';
import { planned } from '../../src/orchestration/plan.ts';
import type { PlanStep } from '../../src/orchestration/run.ts';
import type { Risk } from '../../src/orchestration/policy.ts';
import type { Template, TemplateStep } from '../../src/core/template.ts';
import { faultsOf, toldOf } from '../../src/orchestration/validate.ts';
import { aCard, aSkill, free } from './a-card.ts';
import { planOf, step } from './a-plan.ts';
import { goal, looking, stepsOf } from './planning.ts';

describe('a plan of a template', () => {
  const template: Template = {
    kind: 'churn-risk',
    version: 3,
    steps: [
      { id: 'look', skill: 'look', goal: 'look' },
      { id: 'compare', skill: 'compare', goal: 'compare', needs: ['look'], optional: true },
      { id: 'say', skill: 'say', goal: 'say', needs: ['compare'] },
    ],
  };

  it('has its steps and version', () => {
    const cards = [aCard('all', [aSkill('look'), aSkill('compare'), aSkill('say')])];
    expect(stepsOf(goal({ kind: 'churn-risk' }), cards, [template])).toEqual([
      'look after ',
      'compare after look',
      'say after compare',
    ]);
  });

  it('does without an optional step nobody can do, and says so', () => {
    const cards = [aCard('some', [aSkill('look'), aSkill('say')])];
    const made = planned(goal({ kind: 'churn-risk' }), cards, [template]);
    expect(made).toMatchObject({
      plan: { template: 'churn-risk', version: 3 },
      leftOut: [{ step: 'compare', skill: 'compare' }],
    });
    expect(stepsOf(goal({ kind: 'churn-risk' }), cards, [template])).toEqual(['look after ', 'say after look']);
  });

  it('does without what only a step left out could set off, and is shown no report of it', () => {
    const first = { id: 'a', skill: 'a', goal: 'look', optional: true } as const;
    const after = (id: string, more: Partial<TemplateStep>) => ({
      id,
      skill: id,
      goal: 'go on',
      needs: ['a'],
      ...more,
    });
    const stepsWith = (...steps: readonly TemplateStep[]) => {
      const cards = [aCard('rest', [aSkill('b'), aSkill('c'), aSkill('d')])];
      const made = planned(goal({ kind: 'k' }), cards, [{ kind: 'k', version: 1, steps: [first, ...steps] }]);
      return made.kind === 'planned' ? made.plan.steps : made.faults.map(toldOf);
    };
    expect(stepsWith(after('b', { optional: true, shows: ['a'] }))).toMatchObject([{ id: 'b', needs: [], shows: [] }]);
    expect(stepsWith(after('b', { shows: ['a'] }))).toMatchObject([{ id: 'b', needs: [], shows: [] }]);
    const onlyIf = after('b', { when: { step: 'a', name: 'odd', is: true } });
    const thereupon = after('c', { needs: ['b'], when: { step: 'b', name: 'odd', is: true } });
    expect(stepsWith(onlyIf, thereupon, after('d', { needs: ['b', 'c'] }))).toMatchObject([{ id: 'd', needs: [] }]);
  });

  it('is impossible without a step it needs, and names the skill', () => {
    expect(stepsOf(goal({ kind: 'churn-risk' }), looking, [template])).toEqual([
      'No agent has the skill say, which step say asks for.',
    ]);
  });
});

describe('the shipped templates', () => {
  const every = (skills: readonly string[]) => [
    aCard(
      'all',
      [...new Set(skills)].map((id) => aSkill(id)),
    ),
  ];
  const cards = every(kinds.flatMap(({ steps }) => steps.map(({ skill }) => skill)));

  it.each(kinds.map((template) => [template.kind, template] as const))(
    '%s is whole where all skills are there',
    (kind, template) => {
      const made = planned(goal({ kind }), cards, kinds);
      if (made.kind !== 'planned') throw new Error(made.faults.map(toldOf).join(' '));
      expect(made.leftOut).toEqual([]);
      expect(made.plan.steps).toHaveLength(template.steps.length);
      // Steps of one length, as many at once as may: the critical path takes at least 40 % less than one after another.
      expect(made.complexity.spanSeconds).toBeLessThanOrEqual(0.6 * made.complexity.workSeconds);
    },
  );

  it.each(kinds.map((template) => [template.kind, template] as const))(
    '%s says what it can with any one skill',
    (kind, { steps }) => {
      for (const { skill } of steps) {
        const made = planned(goal({ kind }), every([skill]), kinds);
        expect(made).toMatchObject({ kind: 'planned', plan: { steps: [{ skill, needs: [] }] } });
      }
      expect(planned(goal({ kind }), [], kinds)).toEqual({ kind: 'impossible', faults: [{ kind: 'no-steps' }] });
    },
  );

  it('are one for each kind of alert, at least', () => {
    expect(kinds.map(({ kind }) => kind)).toEqual(expect.arrayContaining([...alertKinds]));
  });
});

describe('what has to be asked before something is changed', () => {
  const cards = [
    aCard('fixer', [
      aSkill('restart', { sideEffects: 'reversible', undo: 'restart' }),
      aSkill('refund', { sideEffects: 'irreversible' }),
    ]),
  ];
  const stepFor = (wanted: string, risk: Risk) => {
    const made = planned(goal({ wanted: [wanted], risk }), cards, []);
    return made.kind === 'planned' ? made.plan.steps[0] : made.faults.map(toldOf);
  };

  it('goes by what it does and by the risk', () => {
    expect(stepFor('restart', 'low')).not.toHaveProperty('approval');
    expect(stepFor('restart', 'low')).toMatchObject({ undo: 'restart', timeoutMs: 10_000, expectedMs: 1_000 });
    expect(stepFor('restart', 'high')).toMatchObject({ approval: { fourEyes: false, otherwise: 'fail' } });
    expect(stepFor('refund', 'medium')).toMatchObject({ approval: { fourEyes: true } });
    expect(stepFor('refund', 'high')).toEqual(['The policy denies step refund (refund).']);
  });
});

describe('what is wrong with a plan is named, all of it:', () => {
  const faults = (...steps: readonly PlanStep[]) => faultsOf(planOf(...steps), goal(), looking).map(toldOf);

  it('steps that wait for one another', () => {
    expect(faults(step('a', ['c']), step('b', ['a']), step('c', ['b']), step('d', ['c']), step('e', ['e']))).toEqual([
      'Steps wait for one another: a after c after b after a.',
      'Steps wait for one another: e after e.',
    ]);
  });

  it('steps that are not there or there twice', () => {
    expect(faults(step('a', ['x']), step('a'))).toEqual([
      'Two steps are named a.',
      'Step a names x, which is no step.',
    ]);
    expect(faults()).toEqual(['The plan has no steps.']);
  });

  it('what nobody can do, what is not given, and what costs too much', () => {
    const cards = [aCard('agent', [aSkill('look', { input: ['timeline'], cost: { ...free, money: 2 } })])];
    const found = faultsOf(planOf(step('a'), step('b', [], 'fly')), goal({ budget: free }), cards);
    expect(found.map(toldOf)).toEqual([
      'Step a (look) lacks timeline.',
      'No agent has the skill fly, which step b asks for.',
      'The plan may cost 2 money; the budget is 0.',
    ]);
  });

  it('a circle exactly when there is one', () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const graph = fc.tuple(...ids.map((id) => fc.subarray(ids).map((needs) => step(id, needs))));
    fc.assert(
      fc.property(graph, (steps) => {
        const cycles = faultsOf(planOf(...steps), goal(), looking).flatMap((each) =>
          each.kind === 'cycle' ? [each.steps] : [],
        );
        expect(cycles.length === 0).toBe(sortable(steps));
        const afterOf = (id: string | undefined) => steps.find((each) => each.id === id)?.needs ?? [];
        for (const cycle of cycles) {
          for (const [index, id] of cycle.entries()) expect(afterOf(id)).toContain(cycle[(index + 1) % cycle.length]);
        }
      }),
    );
  });
});

/** Kahn's algorithm, as an oracle. */
function sortable(steps: readonly PlanStep[]): boolean {
  let left = steps;
  for (;;) {
    const ids = new Set(left.map(({ id }) => id));
    const next = left.filter(({ needs }) => needs.some((id) => ids.has(id)));
    if (next.length === left.length) return left.length === 0;
    left = next;
  }
}
