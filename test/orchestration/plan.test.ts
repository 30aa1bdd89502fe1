import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentCard } from '../../src/core/agent.ts';
import { alertKinds } from '../../src/core/alert.ts';
import { complexityOf, criticalSecondsOf } from '../../src/orchestration/complexity.ts';
import { kinds } from '../../src/orchestration/kinds.ts';
import { planned, type Goal } from '../../src/orchestration/plan.ts';
import type { PlanStep } from '../../src/orchestration/run.ts';
import type { Risk } from '../../src/orchestration/policy.ts';
import type { Template } from '../../src/orchestration/templates.ts';
import { faultsOf, toldOf } from '../../src/orchestration/validate.ts';
import { aCard, aSkill, free, plenty } from './a-card.ts';
import { planOf, step } from './a-plan.ts';

const goal = (over: Partial<Goal> = {}): Goal => ({
  kind: null,
  wanted: [],
  given: [],
  budget: plenty,
  risk: 'low',
  ...over,
});
const looking = [aCard('looker', [aSkill('look')])];
const stepsOf = (goal: Goal, cards: readonly AgentCard[], templates: readonly Template[] = []) => {
  const made = planned(goal, cards, templates);
  return made.kind === 'planned'
    ? made.plan.steps.map(({ id, needs }) => `${id} after ${needs.join(',')}`)
    : made.faults.map(toldOf);
};

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

describe('a plan from the goal backwards', () => {
  const cards = [
    aCard('reader', [aSkill('read', { input: ['events'], output: ['timeline'] })]),
    aCard('analyst', [
      aSkill('score', { input: ['timeline'], output: ['risk'] }),
      aSkill('price', { input: ['risk', 'timeline'], output: ['value'] }),
    ]),
    aCard('dear', [aSkill('guess', { output: ['timeline'], cost: { ...free, money: 5 } })]),
  ];

  it('goes by what each skill gives and needs, the cheapest way', () => {
    expect(stepsOf(goal({ wanted: ['value'], given: ['events'] }), cards)).toEqual([
      'read after ',
      'score after read',
      'price after score,read',
    ]);
    expect(stepsOf(goal({ wanted: ['risk'] }), cards)).toEqual(['guess after ', 'score after guess']);
  });

  it('names what nobody gives, and names that need one another', () => {
    const lost = [aCard('a', [aSkill('x', { input: ['nowhere'] })]), aCard('b', [aSkill('y', { input: ['z'] })])];
    const circle = [...lost, aCard('c', [aSkill('z', { input: ['y'] })])];
    expect(stepsOf(goal({ wanted: ['x'] }), lost)).toEqual(['No agent gives nowhere.']);
    expect(stepsOf(goal({ wanted: ['x', 'y'] }), circle)).toEqual([
      'No agent gives nowhere.',
      'None can be had without the next: y, z, y.',
    ]);
  });

  it('is valid whenever there is one, and found whenever forward search reaches the goal', () => {
    const names = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f'], { maxLength: 3 });
    const skills = fc.array(fc.record({ input: names, output: names }), { maxLength: 8 });
    fc.assert(
      fc.property(skills, names, names, (skills, given, wanted) => {
        const pool = [
          aCard(
            'agent',
            skills.map((each, index) => aSkill(`s${index}`, each)),
          ),
        ];
        const made = planned(goal({ given, wanted }), pool, []);
        let reached = new Set<string>(given);
        for (let round = 0; round < skills.length; round += 1) {
          const able = skills.filter(({ input }) => input.every((name) => reached.has(name)));
          reached = new Set([...reached, ...able.flatMap(({ output }) => output)]);
        }
        const nothingToDo = wanted.every((name) => given.includes(name));
        expect(made.kind === 'planned').toBe(!nothingToDo && wanted.every((name) => reached.has(name)));
        if (made.kind === 'impossible') expect(made.faults.length).toBeGreaterThan(0);
      }),
    );
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

describe('how complex a plan is', () => {
  const diamond = planOf(step('a'), step('b', ['a']), step('c', ['a']), step('d', ['b', 'c']));

  it('is its steps, how deep and wide they lie, and how long they take', () => {
    expect(complexityOf(diamond, looking)).toEqual({
      steps: 4,
      skills: 1,
      depth: 3,
      width: 2,
      workSeconds: 4,
      spanSeconds: 3,
      effects: 0,
      level: 'moderate',
    });
    expect(complexityOf(planOf(step('a')), looking).level).toBe('simple');
  });

  it('goes by how long each step takes at worst', () => {
    const slow = aSkill('slow', { cost: { ...free, agentSeconds: 30 } });
    const cards = [aCard('looker', [aSkill('look')]), aCard('quick', [aSkill('slow')]), aCard('thorough', [slow])];
    const wide = planOf(step('a'), step('b', [], 'slow'), step('c', ['a']));
    expect(complexityOf(wide, cards)).toMatchObject({ depth: 2, workSeconds: 32, spanSeconds: 30 });
  });

  it('counts for a step what follows from it', () => {
    expect(Object.fromEntries(criticalSecondsOf(diamond, looking))).toEqual({ a: 3, b: 2, c: 2, d: 1 });
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
