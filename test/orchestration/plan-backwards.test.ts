import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { complexityOf, longestFrom } from '../../src/orchestration/complexity.ts';
import { planned } from '../../src/orchestration/plan.ts';
import { toldOf } from '../../src/orchestration/validate.ts';
import { aCard, aSkill, free } from './a-card.ts';
import { planOf, step } from './a-plan.ts';
import { goal, looking, stepsOf } from './planning.ts';

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

  it('has a step of its own for each skill, also where two could be named alike', () => {
    const long = 'x'.repeat(80);
    const alike = ['a.b', 'a-b', `${long}.1`, `${long}.2`];
    const made = planned(
      goal({ wanted: alike }),
      [
        aCard(
          'tools',
          alike.map((id) => aSkill(id)),
        ),
      ],
      [],
    );
    if (made.kind !== 'planned') throw new Error(made.faults.map(toldOf).join(' '));
    expect(made.plan.steps.map(({ skill }) => skill).toSorted()).toEqual(alike.toSorted());
    const below = planned(
      goal({ skill: 'a.b' }),
      [aCard('tools', [aSkill('a.b', { input: ['a-b'] }), aSkill('a-b')])],
      [],
    );
    expect(below).toMatchObject({ plan: { steps: [{ skill: 'a-b' }, { skill: 'a.b' }] } });
  });

  it('does not take what was looked up for what a skill gives; only where no skill can', () => {
    const given = ['events', 'timeline'];
    const asked = { given, lookedUp: ['timeline'] };
    expect(stepsOf(goal({ wanted: ['risk'], ...asked }), cards)).toEqual(['read after ', 'score after read']);
    expect(stepsOf(goal({ wanted: ['timeline'], ...asked }), cards)).toEqual(['read after ']);
    const [, analyst] = cards;
    expect(stepsOf(goal({ wanted: ['risk'], ...asked }), analyst ? [analyst] : [])).toEqual(['score after ']);
    expect(stepsOf(goal({ wanted: ['timeline'], ...asked }), analyst ? [analyst] : [])).toEqual([
      'No agent gives timeline.',
    ]);
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
    expect(Object.fromEntries(longestFrom(diamond.steps, () => 1))).toEqual({ a: 3, b: 2, c: 2, d: 1 });
  });
});
